-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "description" TEXT,
ADD COLUMN     "request_count" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "preview_links" BOOLEAN NOT NULL DEFAULT true;

-- AlterTable
ALTER TABLE "webhook_endpoints" ADD COLUMN     "format" TEXT NOT NULL DEFAULT 'standard',
ADD COLUMN     "format_events" TEXT[] DEFAULT ARRAY[]::TEXT[];
