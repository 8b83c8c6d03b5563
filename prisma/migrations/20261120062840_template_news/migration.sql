-- AlterTable
ALTER TABLE "template_lists" DROP COLUMN "stale",
ADD COLUMN     "told_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "templates" ADD COLUMN     "reason" TEXT;
