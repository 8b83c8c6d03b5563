-- AlterTable
ALTER TABLE "messages" ADD COLUMN     "ttl_seconds" INTEGER;
