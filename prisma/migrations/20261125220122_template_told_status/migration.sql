-- AlterTable
ALTER TABLE "templates" ADD COLUMN     "told_status" TEXT;
