-- DropIndex
DROP INDEX "credit_entries_account_id_id_idx";

-- AlterTable
ALTER TABLE "credit_entries" ADD COLUMN     "seq" BIGSERIAL NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "credit_entries_account_id_seq_key" ON "credit_entries"("account_id", "seq");

-- Callbacks that an operator looks at, however many were applied.
CREATE INDEX "callbacks_failed_idx" ON "callbacks" ("id") WHERE "state" = 'failed';
