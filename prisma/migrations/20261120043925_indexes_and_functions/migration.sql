-- Partial indexes, which a Prisma schema cannot say. Each is as small as the work that waits, however many rows
-- are done.

-- What the sweepers look at, in the order in which it is due.
CREATE INDEX "messages_wake_idx" ON "messages" ("wake_at") WHERE "wake_at" IS NOT NULL;
CREATE INDEX "callbacks_wake_idx" ON "callbacks" ("wake_at") WHERE "wake_at" IS NOT NULL;
CREATE INDEX "webhook_deliveries_wake_idx" ON "webhook_deliveries" ("wake_at") WHERE "wake_at" IS NOT NULL;

-- The messages to one recipient that are still to be handed over, in the order of their acceptance.
CREATE INDEX "messages_chain_idx" ON "messages" ("session_id", "address", "lane", "seq")
  WHERE "status" IN ('queued', 'processing', 'retrying');

-- The message that a provider's callback tells of.
CREATE INDEX "messages_external_idx" ON "messages" ("external_id") WHERE "external_id" IS NOT NULL;

-- The messages of one batch.
CREATE INDEX "messages_batch_idx" ON "messages" ("batch_id", "id") WHERE "batch_id" IS NOT NULL;

-- A callback that comes again brings no second message.
CREATE UNIQUE INDEX "messages_inbound_key" ON "messages" ("session_id", "external_id")
  WHERE "direction" = 'inbound';

-- One default of its kind an account.
CREATE UNIQUE INDEX "webhook_endpoints_default_key" ON "webhook_endpoints" ("account_id") WHERE "is_default";
CREATE UNIQUE INDEX "sessions_default_key" ON "sessions" ("account_id") WHERE "is_default";

-- A UUIDv7 for rows that a statement makes by itself: 48 bits of milliseconds, then random bits.
CREATE FUNCTION "hermod_uuidv7"() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

-- A time as JSON has it: ISO 8601 in UTC, with milliseconds.
CREATE FUNCTION "hermod_iso"("at" timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  select to_char("at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Rows come and go all the time here: vacuum early.
ALTER TABLE "counter_deltas" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "messages" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- The pace of a sender (see src/domain/pace.ts). Losing it costs a moment of unevenness, so it is not logged.
ALTER TABLE "paces" SET UNLOGGED;

CREATE FUNCTION "hermod_take_slots"(
  the_key text, wanted int, spacing float8, horizon float8, in_turn boolean,
  OUT granted int, OUT first_in_ms float8, OUT retry_in_ms float8
) LANGUAGE plpgsql AS $$
declare
  now_ms float8;
  next_tat float8;
  next_line float8;
  start float8;
begin
  insert into paces (key, tat, line) values (the_key, 0, 0) on conflict (key) do nothing;
  select p.tat, p.line into next_tat, next_line from paces p where p.key = the_key for update;
  now_ms := extract(epoch from clock_timestamp()) * 1000;
  start := greatest(now_ms, next_tat);
  granted := 0;
  if start <= now_ms + horizon and (in_turn or next_line <= now_ms + horizon) then
    granted := least(wanted, 1 + floor((now_ms + horizon - start) / spacing)::int);
  end if;
  first_in_ms := start - now_ms;
  next_tat := start + granted * spacing;
  retry_in_ms := 0;
  if granted < wanted then
    if in_turn then
      retry_in_ms := greatest(next_tat - now_ms, spacing);
    else
      next_line := greatest(next_line, next_tat, now_ms);
      retry_in_ms := next_line - now_ms;
      next_line := next_line + (wanted - granted) * spacing;
    end if;
  end if;
  update paces p set tat = next_tat, line = next_line where p.key = the_key;
end
$$;

-- Counters of a minute or a day: a crash forgives.
ALTER TABLE "rate_windows" SET UNLOGGED;
