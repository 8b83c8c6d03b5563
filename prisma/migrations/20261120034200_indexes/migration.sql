-- Partial indexes, which a Prisma schema cannot say. Each is as small as the work that waits, however many rows
-- are done.

-- What the sweepers look at, in the order in which it is due.
CREATE INDEX "messages_wake_idx" ON "messages" ("wake_at") WHERE "wake_at" IS NOT NULL;
CREATE INDEX "callbacks_wake_idx" ON "callbacks" ("wake_at") WHERE "wake_at" IS NOT NULL;
CREATE INDEX "webhook_deliveries_wake_idx" ON "webhook_deliveries" ("wake_at") WHERE "wake_at" IS NOT NULL;

-- The messages to one recipient that are still to be handed over, in the order of their acceptance.
CREATE INDEX "messages_chain_idx" ON "messages" ("session_id", "address", "lane", "seq")
  WHERE "status" IN ('queued', 'processing', 'retrying');

-- The message that a provider's callback tells of.
CREATE INDEX "messages_external_idx" ON "messages" ("external_id") WHERE "external_id" IS NOT NULL;

-- The messages of one batch.
CREATE INDEX "messages_batch_idx" ON "messages" ("batch_id", "id") WHERE "batch_id" IS NOT NULL;

-- A callback that comes again brings no second message.
CREATE UNIQUE INDEX "messages_inbound_key" ON "messages" ("session_id", "external_id")
  WHERE "direction" = 'inbound';

-- One default of its kind an account.
CREATE UNIQUE INDEX "webhook_endpoints_default_key" ON "webhook_endpoints" ("account_id") WHERE "is_default";
CREATE UNIQUE INDEX "sessions_default_key" ON "sessions" ("account_id") WHERE "is_default";
