-- AlterTable
ALTER TABLE "message_events" ADD COLUMN     "provider" JSONB;

-- AlterTable
ALTER TABLE "messages" ADD COLUMN     "origin" TEXT;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "health" JSONB,
ADD COLUMN     "reported_business_id" TEXT;

-- CreateTable
CREATE TABLE "waiting_receipts" (
    "account_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "verified_by" UUID,
    "event" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "wake_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "waiting_receipts_pkey" PRIMARY KEY ("account_id","external_id","status")
);

-- CreateTable
CREATE TABLE "held_callbacks" (
    "callback_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "sender_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "held_callbacks_pkey" PRIMARY KEY ("callback_id","sender_id")
);

-- CreateTable
CREATE TABLE "contact_preferences" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "session_id" UUID NOT NULL,
    "category" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_preferences_pkey" PRIMARY KEY ("account_id","address","session_id","category")
);

-- CreateIndex
CREATE INDEX "waiting_receipts_wake_at_idx" ON "waiting_receipts"("wake_at");

-- CreateIndex
CREATE INDEX "waiting_receipts_account_id_created_at_idx" ON "waiting_receipts"("account_id", "created_at");

-- CreateIndex
CREATE INDEX "held_callbacks_sender_id_created_at_idx" ON "held_callbacks"("sender_id", "created_at");

-- CreateIndex
CREATE INDEX "held_callbacks_created_at_idx" ON "held_callbacks"("created_at");

-- CreateIndex
CREATE INDEX "sessions_reported_business_id_idx" ON "sessions"("reported_business_id");
