-- Counters by hour, beside those by day. What was not folded yet is folded first: it does not know its hour.
INSERT INTO "counters" AS c ("account_id", "day", "status", "count")
SELECT "account_id", "day", "status", sum("delta") FROM "counter_deltas" GROUP BY 1, 2, 3
ON CONFLICT ("account_id", "day", "status") DO UPDATE SET "count" = c."count" + excluded."count";
DELETE FROM "counter_deltas";

-- AlterTable
ALTER TABLE "counter_deltas" DROP COLUMN "day",
ADD COLUMN     "hour" TIMESTAMPTZ(0) NOT NULL;

-- CreateTable
CREATE TABLE "counter_hours" (
    "account_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "status" TEXT NOT NULL,
    "count" BIGINT NOT NULL,

    CONSTRAINT "counter_hours_pkey" PRIMARY KEY ("account_id","hour","status")
);

-- The past, from the messages themselves, this once.
INSERT INTO "counter_hours" ("account_id", "hour", "status", "count")
SELECT "account_id", date_trunc('hour', "created_at", 'UTC'), "status", count(*)
  FROM "messages" WHERE "direction" = 'outbound' GROUP BY 1, 2, 3;

-- CreateTable
CREATE TABLE "contact_windows" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "session_id" UUID NOT NULL,
    "last_inbound_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_windows_pkey" PRIMARY KEY ("account_id","address","session_id")
);

-- CreateIndex
CREATE INDEX "contact_windows_last_inbound_at_idx" ON "contact_windows"("last_inbound_at");

-- The past, from the messages themselves.
INSERT INTO "contact_windows" ("account_id", "address", "session_id", "last_inbound_at")
SELECT m."account_id", a."address", m."session_id", max(m."created_at")
  FROM "messages" m, LATERAL (VALUES (m."address"), (m."content"->>'fromUserId')) AS a("address")
 WHERE m."direction" = 'inbound' AND a."address" IS NOT NULL AND m."content"->>'type' <> 'system'
 GROUP BY 1, 2, 3;
