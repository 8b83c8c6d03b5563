import { numberFailures, type VerificationStatus } from '../../../domain/otp/verification.ts'
import type { Db } from '../../client.ts'

/** The verification that a code is meant for: by its id, or the last one of a scope. */
export type JudgeTarget =
  | { accountId: string; id: string }
  | { accountId: string; service: string; address: string; challenge: string }

/** The findings of the statement that judges. */
export interface Judged {
  id: string
  /** As it is now. */
  status: VerificationStatus
  attempts: number
  attemptsMax: number
  /** The code was compared; if not, one of the others says why. */
  judged: boolean
  expired: boolean
  /** The number cools off for so long; nought or less: it does not. */
  coolingMs: number
  /** Id of the key that its hash was made with. */
  codeKey: string
}

/** A code's keyed hash, hashed once more with the nonce of this request. */
export interface CodeDigest {
  keyId: string
  digest: Buffer
}

/**
 * Judges a code: locks the number and the verification, counts the attempt, and verifies or ends the verification, in
 * one statement. A code is compared only while the verification is pending, alive, and has attempts left, and the
 * number does not cool off. Hashes of hashes are compared, under a nonce that is used once, so that the time of the
 * comparison tells nothing. Null: there is no such verification.
 */
export async function judgeCode(
  db: Db,
  target: JudgeTarget,
  nonce: Buffer,
  digests: readonly CodeDigest[],
): Promise<Judged | null> {
  const byId = 'id' in target
  const [row] = await db.query<Judged>('otp-judge', judgeSql, [
    target.accountId,
    byId ? target.id : null,
    byId ? null : target.service,
    byId ? null : target.address,
    byId ? null : target.challenge,
    nonce,
    digests.map(({ keyId }) => keyId),
    digests.map(({ digest }) => digest),
  ])
  return row ?? null
}

// A row that was locked is read as it is now, not as it was when the statement began: so what `seen` holds stays true
// until the end.
const judgeSql = `
with target as materialized (
  select id, account_id, address from otp_verifications where id = $2 and account_id = $1
  union all
  (select id, account_id, address from otp_verifications
    where $2::uuid is null and account_id = $1 and address = $4 and service = $3 and challenge = $5
    order by id desc limit 1)
), number as materialized (
  select n.account_id, n.address, n.failures, n.cooling_until
    from target t join otp_numbers n on n.account_id = t.account_id and n.address = t.address for update of n
), seen as materialized (
  select v.id, v.status, v.attempts, v.attempts_max, v.expires_at, v.code_key, n.cooling_until
    from target t left join number n on true join otp_verifications v on v.id = t.id for update of v
), judged as (
  update otp_verifications v
     set (attempts, status, ended_at, sealed_code, wake_at) = (
       select v.attempts + 1, coalesce(o.outcome, v.status), case when o.outcome is not null then now() end,
              case when o.outcome is null then v.sealed_code end,
              case when o.outcome is null then v.wake_at else now() end
         from (select case
           when exists (select from unnest($7::text[], $8::bytea[]) as d(key, digest)
                         where d.key = v.code_key and d.digest = sha256(v.code_hash || $6::bytea)) then 'verified'
           when v.attempts + 1 >= v.attempts_max then 'max_attempts' end as outcome) as o)
    from seen s
   where v.id = s.id and s.status = 'pending' and s.expires_at > now() and s.attempts < s.attempts_max
     and (s.cooling_until is null or s.cooling_until <= now()) and s.code_key = any($7::text[])
  returning v.id, v.status, v.attempts
), counted as (
  update otp_numbers n
     set failures = case j.status when 'verified' then 0 else n.failures + 1 end,
         cooling_until = case
           when j.status = 'verified' then null
           when n.failures + 1 >= ${numberFailures.ceiling} then now() + interval '${numberFailures.ceilingSeconds} seconds'
           when (n.failures + 1) % ${numberFailures.coolAt} = 0 then now() + interval '${numberFailures.coolSeconds} seconds'
           else n.cooling_until end,
         updated_at = now()
    from judged j, target t
   where n.account_id = t.account_id and n.address = t.address
)
select s.id, coalesce(j.status, s.status) as status, coalesce(j.attempts, s.attempts) as attempts,
       s.attempts_max as "attemptsMax", j.id is not null as judged, s.expires_at <= now() as expired,
       coalesce(extract(epoch from s.cooling_until - now())::float8 * 1000, 0) as "coolingMs",
       s.code_key as "codeKey"
  from seen s left join judged j on j.id = s.id`
