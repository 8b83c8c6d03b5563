-- CreateTable
CREATE TABLE "credit_purchases" (
    "checkout_id" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "payment_intent_id" TEXT,
    "credits" INTEGER NOT NULL,
    "taken_back" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credit_purchases_pkey" PRIMARY KEY ("checkout_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "credit_purchases_payment_intent_id_key" ON "credit_purchases"("payment_intent_id");
