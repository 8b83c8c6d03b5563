-- AlterTable
ALTER TABLE "messages" ADD COLUMN     "sealed" TEXT;

-- CreateTable
CREATE TABLE "otp_services" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "test_numbers" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "otp_services_pkey" PRIMARY KEY ("account_id","name")
);

-- CreateTable
CREATE TABLE "otp_verifications" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "service" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "challenge" TEXT NOT NULL DEFAULT '',
    "status" TEXT NOT NULL DEFAULT 'pending',
    "code_hash" BYTEA NOT NULL,
    "code_key" TEXT NOT NULL,
    "sealed_code" TEXT,
    "test" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attempts_max" INTEGER NOT NULL,
    "sends" INTEGER NOT NULL DEFAULT 1,
    "sends_max" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "resend_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "reported_at" TIMESTAMPTZ(3),
    "converted" BOOLEAN,
    "locale_asked" TEXT,
    "locale" TEXT NOT NULL,
    "country" TEXT,
    "prefix" TEXT NOT NULL,
    "client" TEXT,
    "senders" UUID[],
    "step" INTEGER NOT NULL DEFAULT 0,
    "fallback_seconds" INTEGER NOT NULL,
    "message_id" UUID NOT NULL,
    "key_id" UUID NOT NULL,
    "metadata" JSONB,
    "callback_url" TEXT,
    "told" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "wake_at" TIMESTAMPTZ(3),

    CONSTRAINT "otp_verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "otp_sends" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "verification_id" UUID,
    "message_id" UUID,
    "service" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "client" TEXT,
    "country" TEXT,
    "kind" TEXT NOT NULL,
    "step" INTEGER,
    "blocked" TEXT,
    "reasons" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "otp_sends_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "otp_numbers" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "cooling_until" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "otp_numbers_pkey" PRIMARY KEY ("account_id","address")
);

-- CreateTable
CREATE TABLE "otp_blocks" (
    "account_id" UUID NOT NULL,
    "prefix" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "otp_blocks_pkey" PRIMARY KEY ("account_id","prefix")
);

-- CreateTable
CREATE TABLE "otp_counts" (
    "account_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "service" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "sent" INTEGER NOT NULL DEFAULT 0,
    "delivered" INTEGER NOT NULL DEFAULT 0,
    "verified" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "expired" INTEGER NOT NULL DEFAULT 0,
    "reported" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "otp_counts_pkey" PRIMARY KEY ("account_id","day","service","country","prefix")
);

-- CreateIndex
CREATE UNIQUE INDEX "otp_services_id_key" ON "otp_services"("id");

-- CreateIndex
CREATE INDEX "otp_verifications_account_id_id_idx" ON "otp_verifications"("account_id", "id");

-- CreateIndex
CREATE INDEX "otp_verifications_account_id_address_id_idx" ON "otp_verifications"("account_id", "address", "id");

-- CreateIndex
CREATE INDEX "otp_sends_account_id_address_at_idx" ON "otp_sends"("account_id", "address", "at");

-- CreateIndex
CREATE INDEX "otp_sends_account_id_prefix_at_idx" ON "otp_sends"("account_id", "prefix", "at");

-- CreateIndex
CREATE INDEX "otp_sends_account_id_id_idx" ON "otp_sends"("account_id", "id");

-- CreateIndex
CREATE INDEX "otp_numbers_updated_at_idx" ON "otp_numbers"("updated_at");

-- One pending verification in each scope.
CREATE UNIQUE INDEX "otp_verifications_pending_key" ON "otp_verifications" ("account_id", "service", "address", "challenge")
  WHERE "status" = 'pending';

-- The verifications that wait for the sweeper, in the order in which they are due.
CREATE INDEX "otp_verifications_wake_idx" ON "otp_verifications" ("wake_at") WHERE "wake_at" IS NOT NULL;

-- The verification that a message belongs to, and what was sent for the client of an address.
CREATE INDEX "otp_sends_message_idx" ON "otp_sends" ("message_id") WHERE "message_id" IS NOT NULL;
CREATE INDEX "otp_sends_verification_idx" ON "otp_sends" ("verification_id") WHERE "verification_id" IS NOT NULL;
CREATE INDEX "otp_sends_client_idx" ON "otp_sends" ("account_id", "client", "at") WHERE "client" IS NOT NULL;

-- Sealed contents that are still kept.
CREATE INDEX "messages_sealed_idx" ON "messages" ("expires_at") WHERE "sealed" <> '';
CREATE INDEX "otp_verifications_sealed_idx" ON "otp_verifications" ("id") WHERE "sealed_code" IS NOT NULL;

-- Keys that may send messages could ask for codes by hand before there was a scope for it.
UPDATE "api_keys" SET "scopes" = array_append("scopes", 'otp') WHERE 'send' = ANY ("scopes") AND NOT 'otp' = ANY ("scopes");
