-- AlterTable
ALTER TABLE "otp_verifications" ADD COLUMN     "callback_format" TEXT NOT NULL DEFAULT 'standard',
ADD COLUMN     "wording" JSONB;
