import type { Sql } from '../../support/sql.ts'

/** So many messages, over accounts and sessions, with all that grows beside them. */
const sizes = { accounts: 20, messages: 20_000 }

/**
 * Fills the tables that grow with the same rows in every run, and has Postgres analyze them, so that a statement's
 * plan is the one that it would get in use.
 */
export async function fillDatabase(sql: Sql): Promise<void> {
  const uuid = (kind: number, number: string): string =>
    `('019a9d6e-4f2b-7${String(kind).padStart(3, '0')}-8000-' || lpad(to_hex((${number})::bigint), 12, '0'))::uuid`
  const account = (n: string): string => uuid(1, `(${n}) % ${sizes.accounts}`)
  const session = (n: string): string => uuid(2, `(${n}) % ${sizes.accounts * 2}`)
  const at = `timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute'`
  const each = `generate_series(1, ${sizes.messages}) as n`
  const statuses = `(array['queued','processing','retrying','sent','delivered','read','read','read','failed','scheduled'])[n % 10 + 1]`
  const statements = [
    `insert into accounts (id, name, email, plan) select ${account('n')}, 'a' || n, 'a@example.com', 'free'
       from generate_series(0, ${sizes.accounts - 1}) as n`,
    `insert into api_keys (id, account_id, name, mode, hash, hint, scopes)
       select ${uuid(3, 'n')}, ${account('n')}, 'k', 'live', sha256(n::text::bytea), 'h', array['send']
       from generate_series(0, 199) as n`,
    `insert into sessions (id, account_id, name, provider, credentials, rate_per_second, sender_id)
       select ${session('n')}, ${account('n')}, 's' || n, 'whatsapp-cloud', 'x', 80, 'n' || n
       from generate_series(0, ${sizes.accounts * 2 - 1}) as n`,
    `insert into messages (id, account_id, session_id, direction, status, lane, address, content, due_at, wake_at,
       created_at, external_id, batch_id)
       select ${uuid(4, 'n')}, ${account('n')}, ${session('n')},
         case when n % 7 = 0 then 'inbound' else 'outbound' end,
         case when n % 7 = 0 then 'received' else ${statuses} end, 'normal', (14155550000 + n % 500)::text,
         '{"type":"text"}'::jsonb, ${at}, case when n % 10 < 3 then ${at} end, ${at}, 'wamid.' || n,
         case when n % 3 = 0 then ${uuid(5, 'n % 100')} end from ${each}`,
    `insert into message_events (message_id, status, key, at) select ${uuid(4, 'n')}, 'queued', 'accepted', ${at} from ${each}`,
    `insert into provider_attempts (message_id, attempt, started_at, outcome)
       select ${uuid(4, 'n')}, 1, ${at}, 'accepted' from ${each}`,
    `insert into callbacks (id, provider, body, state, received_at, wake_at)
       select ${uuid(6, 'n')}, 'whatsapp-cloud', 'x'::bytea, case when n % 50 = 0 then 'pending' else 'applied' end,
         ${at}, case when n % 50 = 0 then ${at} end from ${each}`,
    `insert into idempotency_keys (account_id, key, fingerprint, status_code, response, expires_at)
       select ${account('n')}, 'k' || n, 'x'::bytea, 202, '{}'::jsonb, ${at} from ${each}`,
    `insert into credit_entries (id, account_id, kind, amount, balance, reference)
       select ${uuid(7, 'n')}, ${account('n')}, 'debit', -1, 0, 'r' || n from ${each}`,
    `insert into counter_deltas (account_id, hour, status, delta)
       select ${account('n')}, date_trunc('hour', ${at}), 'sent', 1 from ${each}`,
    `insert into counters (account_id, day, status, count)
       select distinct ${account('n')}, (${at})::date, 'sent', 1 from ${each}`,
    `insert into counter_hours (account_id, hour, status, count)
       select distinct ${account('n')}, date_trunc('hour', ${at}), 'sent', 1 from ${each}`,
    `insert into contact_windows (account_id, address, session_id, last_inbound_at)
       select distinct on (1, 2, 3) ${account('n')}, (14155550000 + n % 500)::text, ${session('n')}, ${at} from ${each}`,
    `insert into contact_aliases (account_id, address, canonical, learned_at)
       select ${account('n')}, (5511900000000 + n)::text, (551100000000 + n)::text, ${at} from ${each}`,
    `insert into webhook_endpoints (id, account_id, url, secret)
       select ${uuid(8, 'n')}, ${account('n')}, 'https://example.com', 'x' from generate_series(0, 39) as n`,
    `insert into webhook_events (id, account_id, type, payload, created_at)
       select ${uuid(9, 'n')}, ${account('n')}, 'message.sent', '{}', ${at} from ${each}`,
    `insert into webhook_deliveries (id, account_id, event_id, endpoint_id, status, due_at, wake_at, created_at, order_key)
       select ${uuid(10, 'n')}, ${account('n')}, ${uuid(9, 'n')}, ${uuid(8, 'n % 40')},
         case when n % 20 = 0 then 'pending' else 'delivered' end, ${at}, case when n % 20 = 0 then ${at} end, ${at},
         case when n % 2 = 0 then 'o' || n % 100 end from ${each}`,
    `insert into webhook_attempts (id, account_id, delivery_id, endpoint_id, attempt, trigger, url, status, latency_ms,
       created_at)
       select ${uuid(11, 'n')}, ${account('n')}, ${uuid(10, 'n')}, ${uuid(8, 'n % 40')}, 1, 'schedule', 'u', 200, 5,
         ${at} from ${each}`,
    `insert into templates (account_id, business_account_id, name, language, status, components, updated_at)
       select ${account('n')}, '1', 't' || n, 'en', 'APPROVED', '[]'::jsonb, ${at} from generate_series(1, 2000) as n`,
    `insert into rate_windows (key, count, ends_at) select 'k' || n, 1, ${at} from ${each}`,
    `insert into otp_verifications (id, account_id, service, address, challenge, status, code_hash, code_key, attempts_max,
       sends_max, expires_at, resend_at, locale, prefix, senders, fallback_seconds, message_id, key_id, sealed_code, wake_at)
       select ${uuid(12, 'n')}, ${account('n')}, 'default', (14155550000 + n % 500)::text, n::text,
         case when n % 100 = 0 then 'pending' else 'verified' end, sha256(n::text::bytea), 'k', 5, 5, ${at}, ${at}, 'en',
         '1415555', array[${session('n')}], 20, ${uuid(4, 'n')}, ${uuid(3, 'n % 200')},
         case when n % 100 = 0 then 'x' end, case when n % 100 = 0 then ${at} end from ${each}`,
    `insert into otp_sends (id, account_id, verification_id, message_id, service, address, prefix, client, kind, step, at)
       select ${uuid(13, 'n')}, ${account('n')}, ${uuid(12, 'n')}, ${uuid(4, 'n')}, 'default',
         (14155550000 + n % 500)::text, (1415555 + n % 50)::text, '203.0.113.' || n % 250, 'first', 0, ${at} from ${each}`,
    `insert into otp_numbers (account_id, address, updated_at)
       select distinct on (1, 2) ${account('n')}, (14155550000 + n % 5000)::text, ${at} from ${each}`,
    `insert into otp_counts (account_id, day, service, country, prefix, sent)
       select ${account('n')}, date '2026-01-01' + n % 30, 's' || n % 5, 'US', n::text, 1 from ${each}`,
    'vacuum analyze',
  ]
  for (const statement of statements) await sql.query(statement)
}

/** Tables that grow with use: no statement may read them from one end to the other. */
export const growing: ReadonlySet<string> = new Set([
  'messages',
  'message_events',
  'provider_attempts',
  'callbacks',
  'idempotency_keys',
  'credit_entries',
  'counter_deltas',
  'counters',
  'counter_hours',
  'contact_windows',
  'contact_aliases',
  'webhook_events',
  'webhook_deliveries',
  'webhook_attempts',
  'templates',
  'rate_windows',
  'otp_verifications',
  'otp_sends',
  'otp_numbers',
  'otp_counts',
])
