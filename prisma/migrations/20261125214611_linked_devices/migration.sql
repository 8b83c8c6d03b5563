-- AlterTable
ALTER TABLE "messages" ADD COLUMN     "waiting_for" TEXT;

-- AlterTable
ALTER TABLE "sessions" ALTER COLUMN "rate_per_second" SET DATA TYPE DOUBLE PRECISION;

-- CreateTable
CREATE TABLE "devices" (
    "session_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "wanted" BOOLEAN NOT NULL DEFAULT false,
    "purpose" TEXT NOT NULL DEFAULT 'link',
    "command" INTEGER NOT NULL DEFAULT 0,
    "state" TEXT NOT NULL DEFAULT 'unpaired',
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "phone" TEXT,
    "push_name" TEXT,
    "last_seen_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "next_retry_at" TIMESTAMPTZ(3),
    "restricted_until" TIMESTAMPTZ(3),
    "pairing_method" TEXT,
    "pairing_phone" TEXT,
    "pairing" TEXT,
    "pairing_until" TIMESTAMPTZ(3),
    "owner_id" UUID,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "rev" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("session_id")
);

-- CreateTable
CREATE TABLE "device_workers" (
    "id" UUID NOT NULL,
    "alive_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_workers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_keys" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "account_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "device_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_chats" (
    "session_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "device_chats_pkey" PRIMARY KEY ("session_id","address")
);

-- CreateIndex
CREATE INDEX "devices_owner_id_idx" ON "devices"("owner_id");

-- CreateIndex
CREATE UNIQUE INDEX "device_keys_session_id_type_name_key" ON "device_keys"("session_id", "type", "name");

-- CreateIndex
CREATE INDEX "device_chats_session_id_started_at_idx" ON "device_chats"("session_id", "started_at");

-- The devices for which some process is to hold a connection, the ones without a lease first.
CREATE INDEX "devices_wanted_idx" ON "devices" ("lease_until" NULLS FIRST) WHERE "wanted";

-- The keys of files, which nobody needs once WhatsApp does not keep the files any more.
CREATE INDEX "device_keys_files_idx" ON "device_keys" ("updated_at") WHERE "type" IN ('media', 'upload');

-- Leases are renewed every few seconds, and Signal sessions change with every message: rows are updated in their page.
ALTER TABLE "devices" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "device_keys" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
