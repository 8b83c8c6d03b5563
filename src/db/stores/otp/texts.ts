import type { Db, Statements } from '../../client.ts'
import type { SendTarget } from './standing.ts'

/** The send of a text, which belongs to no verification. */
export interface TextSendRow extends SendTarget {
  id: string
  messageId: string
  service: string
  country: string | null
  shadow: readonly string[]
  /** When the time is over in which a delivery could be confirmed. */
  confirmBy: Date
}

/** Writes the send of a text, which counts against the limits like that of a code. */
export async function insertTextSend(tx: Statements, row: TextSendRow): Promise<void> {
  await tx.query('otp-text-sent', sentSql, [JSON.stringify(row)])
}

const sentSql = `
insert into otp_sends (id, account_id, message_id, service, address, prefix, client, country, kind, step, blocked,
  reasons, at, confirm_by)
select "id", "accountId", "messageId", "service", "address", "prefix", "client", "country", 'first', 0,
  case when cardinality("shadow") > 0 then 'shadow' end, "shadow", statement_timestamp(), "confirmBy"
  from json_to_record($1::json) as x("id" uuid, "accountId" uuid, "messageId" uuid, "service" text, "address" text,
    "prefix" text, "client" text, "country" text, "shadow" text[], "confirmBy" timestamptz)`

/** A message whose delivery should have been confirmed by now. */
export interface UnconfirmedMessage {
  /** Of its send. */
  id: string
  accountId: string
  messageId: string
  /** Null where it is not taken by its provider yet, or not any more of interest. */
  sent: {
    sessionId: string
    address: string
    batchId: string | null
    externalId: string | null
    createdAt: string
    sentAt: string | null
    metadata: unknown
    dryRun: boolean
    rev: number
    expiresAt: string
  } | null
}

/**
 * Claims messages whose time to be confirmed is over. One that nobody finishes comes again after half a minute; one that is
 * still under way comes again later.
 */
export function claimUnconfirmed(db: Db, limit: number): Promise<UnconfirmedMessage[]> {
  return db.query<UnconfirmedMessage>('otp-unconfirmed', unconfirmedSql, [limit])
}

const unconfirmedSql = `
with due as materialized (
  select id, message_id from otp_sends where confirm_by <= now() order by confirm_by limit $1 for update skip locked
), claimed as (
  update otp_sends s set confirm_by =
    case when m.status in ('sent', 'scheduled', 'queued', 'processing', 'retrying')
      then greatest(m.expires_at, now() + interval '30 seconds') end
    from due d left join messages m on m.id = d.message_id
   where s.id = d.id
  returning s.id, s.account_id, s.message_id,
    case when m.status = 'sent' and m.expires_at <= now() then json_build_object(
      'sessionId', m.session_id, 'address', m.address, 'batchId', m.batch_id, 'externalId', m.external_id,
      'createdAt', hermod_iso(m.created_at), 'sentAt', hermod_iso(m.sent_at), 'metadata', m.metadata,
      'dryRun', m.dry_run, 'rev', m.rev, 'expiresAt', hermod_iso(m.expires_at)) end as sent
)
select id, account_id as "accountId", message_id as "messageId", sent from claimed`

/** Notes that nothing more is to be told of messages that were claimed. */
export async function endUnconfirmed(db: Db, ids: readonly string[]): Promise<void> {
  await db.query(
    'otp-unconfirmed-told',
    'update otp_sends set confirm_by = null where id = any ($1::uuid[])',
    [ids],
  )
}

/** Notes that a webhook told of messages, where those are texts. `messages` are the ids by their accounts. */
export async function noteTold(
  db: Db,
  messages: readonly { accountId: string; messageId: string }[],
): Promise<void> {
  await db.query('otp-text-told', toldSql, [JSON.stringify(messages)])
}

const toldSql = `
update otp_sends s set told_at = now()
  from json_to_recordset($1::json) as x("accountId" uuid, "messageId" uuid)
 where s.message_id = x."messageId" and s.account_id = x."accountId" and s.told_at is null`

/** Those of some messages of an account that a webhook told of, and the time by the database's clock. */
export async function listTold(
  db: Db,
  accountId: string,
  messageIds: readonly string[],
): Promise<{ told: string[]; at: Date }> {
  const [row] = await db.query<{ told: string[]; at: Date }>(
    'otp-texts-told',
    `select coalesce(array_agg(message_id), '{}') as told, now() as at from otp_sends
      where message_id = any ($2::uuid[]) and account_id = $1 and told_at is not null`,
    [accountId, messageIds],
  )
  if (row === undefined) throw new Error('a sum has one row')
  return row
}
