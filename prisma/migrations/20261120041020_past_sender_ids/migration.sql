-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "past_sender_ids" TEXT[] DEFAULT ARRAY[]::TEXT[];
