-- The messages of one sender, and those to and from one address. Every change of a status writes each index that has
-- the row: so a message enters these when it was handed over or is over, and accepting and claiming it cost nothing
-- here. Until then it is found by its account and status, or in "messages_chain_idx".
CREATE INDEX "messages_session_idx" ON "messages" ("session_id", "status", "id")
  WHERE "status" NOT IN ('queued', 'processing', 'retrying');
CREATE INDEX "messages_address_idx" ON "messages" ("account_id", "address", "id")
  WHERE "status" NOT IN ('queued', 'processing', 'retrying');
