-- Messages that expired are shown as failed, with the time at which that was recorded.
UPDATE "messages" m SET "failed_at" = e."at"
  FROM "message_events" e
 WHERE m."status" = 'expired' AND m."failed_at" IS NULL
   AND e."message_id" = m."id" AND e."status" = 'expired';
