-- CreateTable
CREATE TABLE "session_client_keys" (
    "account_id" UUID NOT NULL,
    "surface" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "session_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "session_client_keys_pkey" PRIMARY KEY ("account_id","surface","mode","key")
);

-- CreateIndex
CREATE INDEX "session_client_keys_session_id_idx" ON "session_client_keys"("session_id");
