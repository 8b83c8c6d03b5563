-- AlterTable
ALTER TABLE "messages" ADD COLUMN     "attempt_floor" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "batches" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "total" INTEGER NOT NULL,
    "failed_count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "batches_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "batches_account_id_id_idx" ON "batches"("account_id", "id");
