-- The messages of one sender by status, the newest at the end.
CREATE INDEX "messages_session_id_status_id_idx" ON "messages"("session_id", "status", "id");

-- The messages to and from one address. An address falls anywhere in the index, which costs a page of it each time:
-- so a message enters it when it was handed over or is over, and accepting it costs nothing here. Until then
-- "messages_chain_idx" has it.
CREATE INDEX "messages_address_idx" ON "messages" ("account_id", "address", "id")
  WHERE "status" NOT IN ('queued', 'processing', 'retrying');
