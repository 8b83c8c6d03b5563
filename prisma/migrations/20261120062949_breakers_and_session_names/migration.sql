-- DropIndex
DROP INDEX "sessions_account_id_name_key";

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "breaker_probe" UUID,
ADD COLUMN     "breaker_probe_until" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "sessions_account_id_id_idx" ON "sessions"("account_id", "id");

-- A removed session frees its name; its row stays, so that receipts for what it sent still find it.
CREATE UNIQUE INDEX "sessions_live_name_key" ON "sessions" ("account_id", "name") WHERE "state" <> 'removed';

-- The sessions whose breaker is not closed, which are few.
CREATE INDEX "sessions_breaker_idx" ON "sessions" ("breaker_until") WHERE "breaker_until" IS NOT NULL;
