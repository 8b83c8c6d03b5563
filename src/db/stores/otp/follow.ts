import { countedSteps, type FollowedMessage } from '../../../domain/otp/follow.ts'
import type { Verification } from '../../../domain/otp/verification.ts'
import type { Db } from '../../client.ts'
import { verificationColumns } from './read.ts'

/** A verification that the sweeper looks at, with what a further send of it needs. */
export interface DueVerification extends Verification {
  keyId: string
  sealedCode: string | null
  prefix: string
  client: string | null
  localeAsked: string | null
  senderIds: string[]
  step: number
  fallbackSeconds: number
  told: string[]
  sentAgoMs: number
  messages: FollowedMessage[]
  /** The claim: what is written afterwards holds only while nobody woke it meanwhile. */
  claim: string
}

/** Claims verifications whose time to be looked at has come. One that nobody finishes comes again after half a minute. */
export function claimDueVerifications(db: Db, limit: number): Promise<DueVerification[]> {
  return db.query<DueVerification>('otp-due', dueSql, [limit])
}

const dueSql = `
with due as materialized (
  select id from otp_verifications where wake_at <= now() order by wake_at limit $1 for update skip locked
), claimed as (
  update otp_verifications v set wake_at = now() + interval '30 seconds' from due where v.id = due.id
  returning v.*
)
select ${verificationColumns}, v.key_id as "keyId", v.sealed_code as "sealedCode", v.prefix, v.client,
       v.locale_asked as "localeAsked", v.senders as "senderIds", v.step, v.fallback_seconds as "fallbackSeconds",
       v.told, v.wake_at::text as claim,
       coalesce((select extract(epoch from now() - max(s.at))::float8 * 1000 from otp_sends s
                  where s.verification_id = v.id and s.message_id is not null), 0) as "sentAgoMs",
       coalesce((select json_agg(json_build_object('id', s.message_id, 'status', m.status, 'step', s.step) order by s.id)
                   from otp_sends s left join messages m on m.id = s.message_id
                  where s.verification_id = v.id and s.message_id is not null), '[]') as messages
  from claimed v`

/** The result of looking at a verification. */
export interface FollowResult {
  id: string
  claim: string
  told: string[]
  wakeMs: number | null
}

/**
 * Writes what was published and when to look again, ends what has expired, and counts each step once: only the first
 * write of a step finds it untold.
 */
export async function saveFollowed(db: Db, results: readonly FollowResult[]): Promise<void> {
  await db.query('otp-followed', followedSql, [JSON.stringify(results)])
}

const followedSql = `
with input as materialized (
  select x.* from json_to_recordset($1::json) as x("id" uuid, "claim" timestamptz, "told" text[], "wakeMs" float8)
), locked as materialized (
  select v.id, i."told", i."claim", i."wakeMs",
         array(select t from unnest(i."told") as t where not t = any(v.told)) as fresh
    from input i join otp_verifications v on v.id = i."id" order by v.id for update of v
), changed as (
  update otp_verifications v set
    told = v.told || l.fresh,
    status = case when v.status = 'pending' and v.expires_at <= now() then 'expired' else v.status end,
    ended_at = case when v.status = 'pending' and v.expires_at <= now() then v.expires_at else v.ended_at end,
    sealed_code = case when v.status = 'pending' and v.expires_at <= now() then null else v.sealed_code end,
    wake_at = case when v.wake_at = l."claim" then now() + l."wakeMs" * interval '1 millisecond' else v.wake_at end
    from locked l where v.id = l.id
  returning v.account_id, (v.created_at at time zone 'UTC')::date as day, v.service, coalesce(v.country, '') as country,
    v.prefix, l.fresh
)
insert into otp_counts as c (account_id, day, service, country, prefix, ${countedSteps.join(', ')})
select account_id, day, service, country, prefix,
       ${countedSteps.map((step) => `count(*) filter (where '${step}' = any(fresh))`).join(', ')}
  from changed where cardinality(fresh) > 0 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
on conflict (account_id, day, service, country, prefix) do update set
  ${countedSteps.map((step) => `${step} = c.${step} + excluded.${step}`).join(', ')}`
