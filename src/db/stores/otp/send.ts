import type { KeyMode } from '../../../domain/accounts/account.ts'
import type { OtpScope } from '../../../domain/otp/verification.ts'
import type { OtpWording } from '../../../domain/otp/wording.ts'
import type { Statements } from '../../client.ts'

// The statements of one send, which run in one transaction. Time is `statement_timestamp()`, or that of an earlier
// statement of the same transaction: `now()` would be that of the beginning, before the locks were waited for.

/** The pending verification of a scope, as a send finds it. */
export interface PendingVerification {
  id: string
  codeHash: Buffer
  codeKey: string
  /** Null: there is nothing that could be sent again. */
  sealedCode: string | null
  sends: number
  sendsMax: number
  expiresInMs: number
  resendInMs: number
  /** Its last message did not arrive: nothing has to be waited for. */
  undelivered: boolean
  /** The mode of the API key that asked for it. */
  keyMode: KeyMode
}

export async function findPending(tx: Statements, scope: OtpScope): Promise<PendingVerification | null> {
  const [row] = await tx.query<PendingVerification>('otp-pending', pendingSql, scopeOf(scope))
  return row ?? null
}

const scopeOf = ({ accountId, service, address, challenge }: OtpScope) => [
  accountId,
  service,
  address,
  challenge,
]

const pendingSql = `
select v.id, v.code_hash as "codeHash", v.code_key as "codeKey", v.sealed_code as "sealedCode", v.sends,
       v.sends_max as "sendsMax",
       extract(epoch from v.expires_at - statement_timestamp())::float8 * 1000 as "expiresInMs",
       extract(epoch from v.resend_at - statement_timestamp())::float8 * 1000 as "resendInMs",
       not exists (select from messages m where m.id = v.message_id
                    and m.status not in ('failed', 'expired', 'canceled')) as undelivered,
       coalesce((select k.mode from api_keys k where k.id = v.key_id), 'live') as "keyMode"
  from otp_verifications v
 where v.account_id = $1 and v.service = $2 and v.address = $3 and v.challenge = $4 and v.status = 'pending'
   for update`

/** Ends a pending verification whose time is over, or that must not be sent again, so that another can take its place. */
export async function endPending(tx: Statements, id: string): Promise<void> {
  await tx.query(
    'otp-end-pending',
    `update otp_verifications set status = case when expires_at <= statement_timestamp() then 'expired' else 'canceled' end,
            ended_at = least(expires_at, statement_timestamp()), sealed_code = null, wake_at = now()
      where id = $1 and status = 'pending'`,
    [id],
  )
}

/** A verification that is to be written with its first send. */
export interface NewVerification extends OtpScope {
  id: string
  codeHash: Buffer
  codeKey: string
  sealedCode: string
  test: boolean
  attemptsMax: number
  sendsMax: number
  lifeSeconds: number
  waitSeconds: number
  localeAsked: string | null
  locale: string
  country: string | null
  prefix: string
  client: string | null
  /** Ids of the senders in the order in which they have their turn, and whose turn it is. */
  senders: string[]
  step: number
  fallbackSeconds: number
  messageId: string
  keyId: string
  metadata: unknown
  wording: OtpWording | null
  callbackUrl: string | null
  callbackFormat: string
  shadow: string[]
  sendId: string
  /** When Postgres was asked last; the life begins then. */
  createdAt: Date
}

/** SQL: when the next sender has its turn, if there is one, or the end of the code. */
export const nextWake = ({
  step,
  senders,
  seconds,
  expires,
}: Record<'step' | 'senders' | 'seconds' | 'expires', string>) =>
  `case when ${step} + 1 < cardinality(${senders})
     then least(${expires}, statement_timestamp() + ${seconds} * interval '1 second') else ${expires} end`

/** Writes a verification and its first send. */
export async function insertVerification(tx: Statements, row: NewVerification): Promise<void> {
  await tx.query('otp-open', openSql, [JSON.stringify({ ...row, codeHash: row.codeHash.toString('hex') })])
}

const openSql = `
with input as materialized (
  select * from json_to_record($1::json) as x("id" uuid, "accountId" uuid, "service" text, "address" text,
    "challenge" text, "codeHash" text, "codeKey" text, "sealedCode" text, "test" boolean, "attemptsMax" int,
    "sendsMax" int, "lifeSeconds" int, "waitSeconds" int, "localeAsked" text, "locale" text, "country" text,
    "prefix" text, "client" text, "senders" uuid[], "step" int, "fallbackSeconds" int, "messageId" uuid, "keyId" uuid,
    "metadata" jsonb, "wording" jsonb, "callbackUrl" text, "callbackFormat" text, "shadow" text[], "sendId" uuid,
    "createdAt" timestamptz)
), timed as (
  select *, "createdAt" + "lifeSeconds" * interval '1 second' as "expiresAt" from input
), opened as (
  insert into otp_verifications (id, account_id, service, address, challenge, code_hash, code_key, sealed_code, test,
    attempts_max, sends_max, created_at, expires_at, resend_at, locale_asked, locale, country, prefix, client, senders,
    step, fallback_seconds, message_id, key_id, metadata, wording, callback_url, callback_format, wake_at)
  select "id", "accountId", "service", "address", "challenge", decode("codeHash", 'hex'), "codeKey", "sealedCode",
    "test", "attemptsMax", "sendsMax", "createdAt", "expiresAt",
    "createdAt" + "waitSeconds" * interval '1 second', "localeAsked", "locale", "country", "prefix",
    "client", "senders", "step", "fallbackSeconds", "messageId", "keyId", nullif("metadata", 'null'), nullif("wording", 'null'), "callbackUrl",
    "callbackFormat",
    ${nextWake({ step: '"step"', senders: '"senders"', seconds: '"fallbackSeconds"', expires: '"expiresAt"' })}
    from timed
), number as (
  insert into otp_numbers (account_id, address, updated_at) select "accountId", "address", now() from input
  on conflict (account_id, address) do update set updated_at = excluded.updated_at
)
insert into otp_sends (id, account_id, verification_id, message_id, service, address, prefix, client, country, kind,
  step, blocked, reasons, at)
select "sendId", "accountId", "id", "messageId", "service", "address", "prefix", "client", "country", 'first', "step",
  case when cardinality("shadow") > 0 then 'shadow' end, "shadow", statement_timestamp()
  from input`

/** A further send of a verification. */
export interface FurtherSend {
  verificationId: string
  sendId: string
  messageId: string
  kind: 'resend' | 'replacement' | 'fallback'
  waitSeconds: number
  locale: string
  client: string | null
  senders: string[]
  step: number
  shadow: string[]
  /** Null: those that it has stay. */
  wording: OtpWording | null
  callback: { callbackUrl: string; callbackFormat: string } | null
  /** Another code takes the place of the one before, with a life of its own. */
  replaced: { codeHash: Buffer; codeKey: string; sealedCode: string; lifeSeconds: number } | null
}

/** Writes a further send of a verification, and returns when it ends; null when it is not pending any more. */
export async function insertFurtherSend(tx: Statements, send: FurtherSend): Promise<Date | null> {
  const { replaced, callback, ...row } = send
  const [changed] = await tx.query<{ expiresAt: Date }>('otp-again', againSql, [
    JSON.stringify({
      ...row,
      ...callback,
      ...replaced,
      codeHash: replaced?.codeHash.toString('hex') ?? null,
    }),
  ])
  return changed?.expiresAt ?? null
}

// A send to the next sender is ours, not the app's: it takes nothing from the budget.
const againSql = `
with input as materialized (
  select * from json_to_record($1::json) as x("verificationId" uuid, "sendId" uuid, "messageId" uuid, "kind" text,
    "waitSeconds" int, "locale" text, "client" text, "senders" uuid[], "step" int, "shadow" text[], "codeHash" text,
    "codeKey" text, "sealedCode" text, "lifeSeconds" int, "wording" jsonb, "callbackUrl" text, "callbackFormat" text)
), timed as (
  select i.*, coalesce(statement_timestamp() + "lifeSeconds" * interval '1 second', v.expires_at) as "expiresAt"
    from input i join otp_verifications v on v.id = i."verificationId"
), changed as (
  update otp_verifications v set message_id = i."messageId", locale = i."locale", senders = i."senders", step = i."step",
    client = coalesce(i."client", v.client), wording = coalesce(nullif(i."wording", 'null'), v.wording),
    callback_url = coalesce(i."callbackUrl", v.callback_url),
    callback_format = coalesce(i."callbackFormat", v.callback_format),
    sends = v.sends + case i."kind" when 'fallback' then 0 else 1 end,
    resend_at = case i."kind" when 'fallback' then v.resend_at
                else statement_timestamp() + i."waitSeconds" * interval '1 second' end,
    code_hash = coalesce(decode(i."codeHash", 'hex'), v.code_hash), code_key = coalesce(i."codeKey", v.code_key),
    sealed_code = coalesce(i."sealedCode", v.sealed_code), expires_at = i."expiresAt",
    wake_at = ${nextWake({ step: 'i."step"', senders: 'i."senders"', seconds: 'v.fallback_seconds', expires: 'i."expiresAt"' })}
    from timed i
   where v.id = i."verificationId" and v.status = 'pending' and v.expires_at > statement_timestamp()
     and (i."kind" <> 'fallback' or v.step < i."step")
  returning v.id, v.account_id, v.service, v.address, v.prefix, v.client, v.country, v.expires_at
), logged as (
  insert into otp_sends (id, account_id, verification_id, message_id, service, address, prefix, client, country, kind,
    step, blocked, reasons, at)
  select "sendId", c.account_id, c.id, "messageId", c.service, c.address, c.prefix, c.client, c.country, "kind",
    "step", case when cardinality("shadow") > 0 then 'shadow' end, "shadow", statement_timestamp()
    from input, changed c
)
select expires_at as "expiresAt" from changed`
