import type { Verification, VerificationStatus } from '../../../domain/otp/verification.ts'
import type { Db } from '../../client.ts'

/** The columns of a `Verification`, of `otp_verifications v`. One whose time is over is expired, before anybody says so. */
export const verificationColumns = `v.id, v.account_id as "accountId", v.service, v.address, v.challenge,
  case when v.status = 'pending' and v.expires_at <= now() then 'expired' else v.status end as status, v.test,
  v.attempts, v.attempts_max as "attemptsMax", v.sends, v.sends_max as "sendsMax", v.created_at as "createdAt",
  v.expires_at as "expiresAt",
  greatest(0, extract(epoch from v.expires_at - now())::float8 * 1000) as "expiresInMs",
  greatest(0, extract(epoch from v.resend_at - now())::float8 * 1000) as "resendInMs",
  case when v.status = 'pending' and v.expires_at <= now() then v.expires_at else v.ended_at end as "endedAt",
  v.reported_at as "reportedAt", v.converted, v.locale, v.country, v.senders[v.step + 1] as "sessionId",
  (select provider from sessions where id = v.senders[v.step + 1]) as provider,
  v.message_id as "messageId", v.metadata, v.wording, v.callback_url as "callbackUrl",
  v.callback_format as "callbackFormat"`

/** A verification of an account, or null. */
export async function findVerification(db: Db, accountId: string, id: string): Promise<Verification | null> {
  const [row] = await db.query<Verification>(
    'otp-find',
    `select ${verificationColumns} from otp_verifications v where v.id = $1 and v.account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** A message that carried a code, and where it stands. */
export interface OtpMessage {
  id: string
  /** Null where it was never written. */
  sessionId: string | null
  kind: 'first' | 'resend' | 'replacement' | 'fallback'
  /** Null: it was never written. */
  status: string | null
  errorCode: string | null
  at: Date
  sentAt: Date | null
  deliveredAt: Date | null
}

/** The messages of a verification, the first one first. */
export function listOtpMessages(db: Db, verificationId: string): Promise<OtpMessage[]> {
  return db.query<OtpMessage>(
    'otp-messages',
    `select s.message_id as id, m.session_id as "sessionId", s.kind, m.status, m.error_code as "errorCode", s.at,
            m.sent_at as "sentAt", m.delivered_at as "deliveredAt"
       from otp_sends s left join messages m on m.id = s.message_id
      where s.verification_id = $1 and s.message_id is not null order by s.id`,
    [verificationId],
  )
}

/** Which verifications to list; null lists all. `before` and `after` are ids. */
export interface VerificationFilter {
  accountId: string
  service: string | null
  address: string | null
  status: VerificationStatus | null
  from: string | null
  before: string | null
  limit: number
}

/** A page of an account's verifications, the newest first. */
export function listVerifications(db: Db, filter: VerificationFilter): Promise<Verification[]> {
  const { accountId, service, address, status, from, before, limit } = filter
  const rest = [service, status, from, before, limit]
  return address === null
    ? db.query<Verification>('otp-list', listSql(false), [accountId, ...rest])
    : db.query<Verification>('otp-list-address', listSql(true), [accountId, ...rest, address])
}

const firstId = '00000000-0000-0000-0000-000000000000'
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

const listSql = (byAddress: boolean): string => `
select ${verificationColumns} from otp_verifications v
 where v.account_id = $1 ${byAddress ? 'and v.address = $7' : ''}
   and v.id >= coalesce($4::uuid, '${firstId}') and v.id < coalesce($5::uuid, '${lastId}')
   and ($2::text is null or v.service = $2)
   and ($3::text is null or $3 = case when v.status = 'pending' and v.expires_at <= now() then 'expired' else v.status end)
 order by v.id desc limit $6`

/** A decision on a send, as the log has it. */
export interface SendDecisionRecord {
  id: string
  at: Date
  service: string
  address: string
  prefix: string
  country: string | null
  client: string | null
  kind: 'first' | 'resend' | 'replacement' | 'fallback' | 'report'
  verificationId: string | null
  messageId: string | null
  blocked: 'shadow' | 'enforced' | null
  reasons: string[]
}

/** A page of the log of decisions, the newest first. */
export function listDecisions(
  db: Db,
  {
    accountId,
    blocked,
    before,
    limit,
  }: { accountId: string; blocked: 'shadow' | 'enforced' | null; before: string | null; limit: number },
): Promise<SendDecisionRecord[]> {
  return db.query<SendDecisionRecord>(
    'otp-decisions',
    `select id, at, service, address, prefix, country, client, kind, verification_id as "verificationId",
            message_id as "messageId", blocked, reasons
       from otp_sends where account_id = $1 and id < coalesce($3::uuid, '${lastId}')
        and ($2::text is null or blocked = $2)
      order by id desc limit $4`,
    [accountId, blocked, before, limit],
  )
}
