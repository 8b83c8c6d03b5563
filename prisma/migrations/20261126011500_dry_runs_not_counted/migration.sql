-- Dry runs are no sends: those that are kept are taken out of the counters.
INSERT INTO "counter_deltas" ("account_id", "hour", "status", "delta")
SELECT "account_id", date_trunc('hour', "created_at", 'UTC'), "status", -count(*)
  FROM "messages" WHERE "dry_run" GROUP BY 1, 2, 3;
