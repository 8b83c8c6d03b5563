import type { LimitKind, SendStanding } from '../../../domain/otp/send-rules.ts'
import type { Statements } from '../../client.ts'

// The statements that a decision on a send reads and writes, in the transaction of the send: see `send.ts` on time.

/** The number that a code is to be sent to, as the limits see it. */
export interface SendTarget {
  accountId: string
  address: string
  prefix: string
  client: string | null
}

/** How a number, its prefix and its client stand against limits, and the time at which that was read. */
export async function readStanding(
  tx: Statements,
  target: SendTarget,
  limits: readonly { kind: LimitKind; max: number; seconds: number }[],
): Promise<SendStanding & { at: Date }> {
  const { accountId, address, prefix, client } = target
  const [row] = await tx.query<SendStanding & { at: Date }>('otp-standing', standingSql, [
    accountId,
    address,
    prefix,
    client,
    JSON.stringify(limits),
  ])
  if (row === undefined) throw new Error('the standing of a number was not read')
  return row
}

/** SQL: the time of the send that must leave the window before there is room again; no row where there is room. */
const lastThatCounts = (kind: LimitKind, column: string, value: string): string => `
  (select at from otp_sends
    where l.kind = '${kind}' and account_id = $1 and ${column} = ${value}
      and at > statement_timestamp() - l.seconds * interval '1 second'
      and blocked is distinct from 'enforced' and otp_sends.kind ${kind === 'number' ? `not in ('fallback', 'report')` : `<> 'fallback'`}
    order by at desc offset l.max - 1 limit 1)`

const standingSql = `
select coalesce((select extract(epoch from cooling_until - statement_timestamp())::float8 * 1000
                   from otp_numbers where account_id = $1 and address = $2), 0) as "coolingMs",
       coalesce((select extract(epoch from until - statement_timestamp())::float8 * 1000
                   from otp_blocks where account_id = $1 and prefix = $3), 0) as "blockedMs",
       coalesce((select json_agg(json_build_object('kind', l.kind, 'retryMs', extract(epoch from
                          s.at + l.seconds * interval '1 second' - statement_timestamp())::float8 * 1000))
                   from json_to_recordset($5::json) as l(kind text, max int, seconds int)
                   cross join lateral (${[
                     lastThatCounts('number', 'address', '$2'),
                     lastThatCounts('prefix', 'prefix', '$3'),
                     lastThatCounts('client', 'client', '$4'),
                   ].join(' union all ')}) as s), '[]') as limits,
       (select count(distinct address)::int from otp_sends
         where account_id = $1 and prefix = $3 and at > statement_timestamp() - interval '10 minutes'
           and kind = 'first' and blocked is distinct from 'enforced' and address <> $2
           and length(address) = length($2) and abs(address::numeric - $2::numeric) <= 10) as neighbours,
       history.ended, history.verified, date_trunc('milliseconds', statement_timestamp()) as at,
       (select count(*)::int from otp_sends where account_id = $1 and prefix = $3 and kind = 'report'
           and at > statement_timestamp() - interval '1 day') as reports
  from (
    select count(*)::int as ended, (count(*) filter (where v.status = 'verified'))::int as verified
      from (select verification_id from otp_sends
             where account_id = $1 and prefix = $3 and at > statement_timestamp() - interval '1 day'
               and kind = 'first' and blocked is distinct from 'enforced'
             order by at desc limit 100) as s
      join otp_verifications v on v.id = s.verification_id and v.status <> 'pending') as history`

/** A send that is refused, for the log of decisions. */
export interface RefusedSend extends SendTarget {
  id: string
  service: string
  country: string | null
  reasons: readonly string[]
  /** The prefix is blocked from now on for so long; null: it is not. */
  blockSeconds: number | null
}

/** Notes a refusal, at most once a minute for the same number and reason. */
export async function insertRefusal(tx: Statements, refused: RefusedSend): Promise<void> {
  await tx.query('otp-refused', refusedSql, [JSON.stringify(refused)])
}

const refusedSql = `
with input as materialized (
  select * from json_to_record($1::json) as x("id" uuid, "accountId" uuid, "service" text, "address" text,
    "prefix" text, "client" text, "country" text, "reasons" text[], "blockSeconds" int)
), blocked as (
  insert into otp_blocks (account_id, prefix, reason, until)
  select "accountId", "prefix", "reasons"[1], statement_timestamp() + "blockSeconds" * interval '1 second'
    from input where "blockSeconds" is not null
  on conflict (account_id, prefix) do update set reason = excluded.reason, until = excluded.until
)
insert into otp_sends (id, account_id, service, address, prefix, client, country, kind, blocked, reasons, at)
select "id", "accountId", "service", "address", "prefix", "client", "country", 'first', 'enforced', "reasons",
  statement_timestamp()
  from input i
 where not exists (
   select from otp_sends s where s.account_id = i."accountId" and s.address = i."address"
      and s.at > statement_timestamp() - interval '1 minute' and s.blocked = 'enforced' and s.reasons = i."reasons")`
