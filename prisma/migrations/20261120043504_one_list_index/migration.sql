-- DropIndex
DROP INDEX "messages_account_id_id_idx";
