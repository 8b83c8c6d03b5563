import { numberFailures, type VerificationStatus } from '../../../domain/otp/verification.ts'
import type { Db } from '../../client.ts'

/** The verification that a code is meant for: by its id, or the pending one of a scope, or else its last one. */
export type JudgeTarget =
  | { accountId: string; id: string }
  | { accountId: string; service: string; address: string; challenge: string }

/** A code to judge, by its keyed hashes. */
export interface Guess {
  target: JudgeTarget
  hashes: readonly { keyId: string; hash: Buffer }[]
}

/** The findings of the statement that judges. */
export interface Judged {
  id: string
  /** As it is now. */
  status: VerificationStatus
  attempts: number
  attemptsMax: number
  /** The code was compared; if not, one of the others says why. */
  judged: boolean
  /** Another guess for the same verification was judged by this statement: this one is to be judged by the next. */
  deferred: boolean
  expired: boolean
  /** The number cools off for so long; nought or less: it does not. */
  coolingMs: number
  /** Id of the key that its hash was made with. */
  codeKey: string
}

/**
 * Judges codes: locks their numbers and verifications, counts the attempts, and verifies or ends the verifications, in
 * one statement. A code is compared only while its verification is pending, alive, and has attempts left, and its number
 * does not cool off. Hashes of hashes are compared, under a nonce that is used once, so that the time of the comparison
 * tells nothing. One result for each guess, in their order; null: there is no such verification.
 */
export async function judgeCodes(
  db: Db,
  guesses: readonly Guess[],
  nonce: Buffer,
): Promise<(Judged | null)[]> {
  const input = guesses.map(({ target, hashes }, ord) => ({
    ord,
    id: null,
    service: null,
    address: null,
    challenge: null,
    ...target,
    hashes: hashes.map(({ keyId, hash }) => ({ keyId, hash: hash.toString('hex') })),
  }))
  const rows = await db.query<Judged & { ord: number }>('otp-judge', judgeSql, [JSON.stringify(input), nonce])
  const byOrd = new Map(rows.map(({ ord, ...judged }) => [ord, judged]))
  return guesses.map((_, ord) => byOrd.get(ord) ?? null)
}

/** The code of a pending verification, encrypted; null when there is none. */
export async function findSealedCode(db: Db, id: string): Promise<string | null> {
  const [row] = await db.query<{ sealed: string | null }>(
    'otp-sealed',
    `select sealed_code as sealed from otp_verifications where id = $1 and status = 'pending'`,
    [id],
  )
  return row?.sealed ?? null
}

/** Puts another hash of the same code in the place of one, unless that was changed meanwhile. */
export async function replaceHash(
  db: Db,
  { id, from, codeHash, codeKey }: { id: string; from: string; codeHash: Buffer; codeKey: string },
): Promise<void> {
  await db.query(
    'otp-rehash',
    `update otp_verifications set code_hash = $3, code_key = $4
      where id = $1 and code_key = $2 and status = 'pending'`,
    [id, from, codeHash, codeKey],
  )
}

// A row that was locked is read as it is now, not as it was when the statement began: so what `seen` holds stays true
// until the end. Locks are taken in one order by all: verifications, then numbers. The hash in the row is bound to its id.
const judgeSql = `
with input as materialized (
  select * from json_to_recordset($1::json) as x("ord" int, "accountId" uuid, "id" uuid, "service" text, "address" text,
    "challenge" text, "hashes" json)
), target as materialized (
  select i."ord", i."hashes", v.id, v.account_id, v.address,
         row_number() over (partition by v.id order by i."ord") as turn
    from input i cross join lateral (
      select id, account_id, address from otp_verifications where id = i."id" and account_id = i."accountId"
      union all
      (select id, account_id, address from otp_verifications
        where i."id" is null and account_id = i."accountId" and address = i."address" and service = i."service"
          and challenge = i."challenge"
        order by status = 'pending' desc, created_at desc limit 1)) as v
), seen as materialized (
  select v.id, v.account_id, v.address, v.status, v.attempts, v.attempts_max, v.expires_at, v.code_key, t."hashes"
    from target t join otp_verifications v on v.id = t.id
   where t.turn = 1 order by v.id for update of v
), number as materialized (
  select n.account_id, n.address, n.cooling_until from otp_numbers n
    join (select distinct account_id, address from seen) as s using (account_id, address)
   order by n.account_id, n.address for update of n
), judged as (
  update otp_verifications v
     set (attempts, status, ended_at, sealed_code, wake_at) = (
       select v.attempts + 1, coalesce(o.outcome, v.status), case when o.outcome is not null then now() end,
              case when o.outcome is null then v.sealed_code end,
              case when o.outcome is null then v.wake_at else now() end
         from (select case
           when exists (select from json_to_recordset(s."hashes") as h("keyId" text, "hash" text)
                         where h."keyId" = v.code_key and sha256(v.code_hash || $2::bytea)
                           = sha256(sha256(decode(h."hash", 'hex') || uuid_send(v.id)) || $2::bytea)) then 'verified'
           when v.attempts + 1 >= v.attempts_max then 'max_attempts' end as outcome) as o)
    from seen s left join number n using (account_id, address)
   where v.id = s.id and s.status = 'pending' and s.expires_at > now() and s.attempts < s.attempts_max
     and (n.cooling_until is null or n.cooling_until <= now())
     and exists (select from json_to_recordset(s."hashes") as h("keyId" text) where h."keyId" = s.code_key)
  returning v.id, v.status, v.attempts, v.account_id, v.address
), counted as (
  update otp_numbers n
     set failures = case when j.won then 0 else n.failures + j.wrong end,
         cooling_until = case
           when j.won then null
           when n.failures + j.wrong >= ${numberFailures.ceiling}
             then now() + interval '${numberFailures.ceilingSeconds} seconds'
           when (n.failures + j.wrong) / ${numberFailures.coolAt} > n.failures / ${numberFailures.coolAt}
             then now() + interval '${numberFailures.coolSeconds} seconds'
           else n.cooling_until end,
         updated_at = now()
    from (select account_id, address, bool_or(status = 'verified') as won,
                 (count(*) filter (where status <> 'verified'))::int as wrong
            from judged group by 1, 2) as j
   where n.account_id = j.account_id and n.address = j.address
)
select t."ord", s.id, case when t.turn = 1 then coalesce(j.status, s.status) else s.status end as status,
       coalesce(j.attempts, s.attempts) as attempts, s.attempts_max as "attemptsMax",
       t.turn = 1 and j.id is not null as judged, t.turn > 1 and j.id is not null as deferred,
       s.expires_at <= now() as expired,
       coalesce(extract(epoch from n.cooling_until - now())::float8 * 1000, 0) as "coolingMs",
       s.code_key as "codeKey"
  from target t join seen s on s.id = t.id left join judged j on j.id = s.id
  left join number n on n.account_id = s.account_id and n.address = s.address`
