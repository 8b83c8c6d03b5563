-- Dry runs are counted apart from sends.
INSERT INTO "counter_deltas" ("account_id", "hour", "status", "delta")
SELECT "account_id", "hour", s."status", s."sign" * "count"
  FROM (SELECT "account_id", date_trunc('hour', "created_at", 'UTC') AS "hour", "status", count(*) AS "count"
          FROM "messages" WHERE "dry_run" GROUP BY 1, 2, 3) c,
       LATERAL (VALUES (c."status", -1), ('dry_run:' || c."status", 1)) AS s("status", "sign");
