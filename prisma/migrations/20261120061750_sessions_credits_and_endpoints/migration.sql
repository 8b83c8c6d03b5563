-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "credits" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "messages" ADD COLUMN     "credits" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "breaker_code" TEXT,
ADD COLUMN     "breaker_detail" TEXT,
ADD COLUMN     "breaker_trips" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "breaker_until" TIMESTAMPTZ(3),
ADD COLUMN     "business_account_id" TEXT,
ADD COLUMN     "last_error_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_error_code" TEXT,
ADD COLUMN     "last_error_detail" TEXT;

-- AlterTable
ALTER TABLE "webhook_deliveries" ADD COLUMN     "order_key" TEXT,
ADD COLUMN     "seq" BIGSERIAL NOT NULL;

-- AlterTable
ALTER TABLE "webhook_endpoints" ADD COLUMN     "breaker_trips" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "breaker_until" TIMESTAMPTZ(3),
ADD COLUMN     "description" TEXT,
ADD COLUMN     "disabled_at" TIMESTAMPTZ(3),
ADD COLUMN     "disabled_reason" TEXT,
ADD COLUMN     "events" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "failing_since" TIMESTAMPTZ(3),
ADD COLUMN     "headers" TEXT,
ADD COLUMN     "last_error" TEXT,
ADD COLUMN     "last_failure_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_success_at" TIMESTAMPTZ(3),
ADD COLUMN     "old_secrets" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "ordered" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "rate_per_second" INTEGER,
ADD COLUMN     "session_ids" UUID[] DEFAULT ARRAY[]::UUID[];

-- AlterTable
ALTER TABLE "webhook_events" ADD COLUMN     "order_key" TEXT,
ADD COLUMN     "session_id" UUID;

-- CreateTable
CREATE TABLE "credit_entries" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "balance" BIGINT NOT NULL,
    "message_id" UUID,
    "reference" TEXT NOT NULL,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "billing_customers" (
    "account_id" UUID NOT NULL,
    "customer_id" TEXT NOT NULL,
    "subscription_id" TEXT,
    "subscription_status" TEXT,
    "paid_plan" TEXT,
    "plan_before" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "billing_customers_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "billing_events" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "billing_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "templates" (
    "account_id" UUID NOT NULL,
    "business_account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "external_id" TEXT,
    "status" TEXT NOT NULL,
    "category" TEXT,
    "components" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "templates_pkey" PRIMARY KEY ("account_id","business_account_id","name","language")
);

-- CreateTable
CREATE TABLE "template_lists" (
    "account_id" UUID NOT NULL,
    "business_account_id" TEXT NOT NULL,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,
    "stale" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "template_lists_pkey" PRIMARY KEY ("account_id","business_account_id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "error" TEXT,
    "latency_ms" INTEGER NOT NULL,
    "remote_address" TEXT,
    "response_headers" JSONB,
    "response_body" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_recoveries" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "cursor" UUID,
    "count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "wake_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_recoveries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "credit_entries_account_id_id_idx" ON "credit_entries"("account_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "credit_entries_account_id_reference_key" ON "credit_entries"("account_id", "reference");

-- CreateIndex
CREATE UNIQUE INDEX "billing_customers_customer_id_key" ON "billing_customers"("customer_id");

-- CreateIndex
CREATE INDEX "template_lists_business_account_id_idx" ON "template_lists"("business_account_id");

-- CreateIndex
CREATE INDEX "webhook_attempts_delivery_id_id_idx" ON "webhook_attempts"("delivery_id", "id");

-- CreateIndex
CREATE INDEX "webhook_recoveries_endpoint_id_id_idx" ON "webhook_recoveries"("endpoint_id", "id");

-- CreateIndex
CREATE INDEX "webhook_events_account_id_id_idx" ON "webhook_events"("account_id", "id");

-- Senders by the business they belong to, which is all that news of templates name.
CREATE INDEX "sessions_business_account_idx" ON "sessions" ("business_account_id")
  WHERE "business_account_id" IS NOT NULL;

-- The deliveries of a strictly ordered endpoint that are still to be made, in their order.
CREATE INDEX "webhook_deliveries_order_idx" ON "webhook_deliveries" ("endpoint_id", "order_key", "seq")
  WHERE "order_key" IS NOT NULL AND "status" IN ('pending', 'delivering');

CREATE INDEX "webhook_recoveries_wake_idx" ON "webhook_recoveries" ("wake_at") WHERE "wake_at" IS NOT NULL;

-- The endpoint that PUT /auth/me/webhook sets hears what it always heard.
UPDATE "webhook_endpoints" SET "events" = ARRAY['message.status_updated'] WHERE "is_default";
