-- AlterTable
ALTER TABLE "webhook_deliveries" ADD COLUMN     "manual" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "webhook_events" ADD COLUMN     "test" BOOLEAN NOT NULL DEFAULT false;

-- What waits for one endpoint, first attempts apart from later ones, in the order in which it is due.
CREATE INDEX "webhook_deliveries_waiting_idx" ON "webhook_deliveries" ("endpoint_id", ("attempt" >= 2), "due_at")
  WHERE "status" = 'pending';

-- Endpoints whose breaker is open, for the sweepers to probe.
CREATE INDEX "webhook_endpoints_breaker_idx" ON "webhook_endpoints" ("breaker_until")
  WHERE "breaker_until" IS NOT NULL;
