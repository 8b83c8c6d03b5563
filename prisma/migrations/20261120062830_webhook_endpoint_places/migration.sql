-- Whether an account has fewer webhook endpoints than it may have. Holds everybody else who asks for the same account
-- until the end of the transaction; counts after it got its turn, because a function that is volatile sees what was
-- committed meanwhile.
CREATE FUNCTION "hermod_has_endpoint_place"("the_account" uuid, "places" int) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
begin
  perform pg_advisory_xact_lock(hashtextextended('webhook-endpoints ' || the_account, 0));
  return (select count(*) < places from webhook_endpoints where account_id = the_account);
end
$$;
