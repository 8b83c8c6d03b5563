-- AlterTable
ALTER TABLE "otp_sends" ADD COLUMN     "confirm_by" TIMESTAMPTZ(3),
ADD COLUMN     "told_at" TIMESTAMPTZ(3);

-- The messages whose delivery is still to be confirmed, in the order in which they are due.
CREATE INDEX "otp_sends_confirm_idx" ON "otp_sends" ("confirm_by") WHERE "confirm_by" IS NOT NULL;
