-- CreateTable
CREATE TABLE "rate_windows" (
    "key" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rate_windows_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "rate_windows_ends_at_idx" ON "rate_windows"("ends_at");

-- Counters of a minute or a day: a crash forgives.
ALTER TABLE "rate_windows" SET UNLOGGED;
