-- CreateTable
CREATE TABLE "contact_aliases" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "canonical" TEXT NOT NULL,
    "learned_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_aliases_pkey" PRIMARY KEY ("account_id","address")
);

-- CreateIndex
CREATE INDEX "contact_aliases_account_id_canonical_idx" ON "contact_aliases"("account_id", "canonical");

-- CreateIndex
CREATE INDEX "contact_aliases_learned_at_idx" ON "contact_aliases"("learned_at");
