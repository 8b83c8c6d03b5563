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
