import type { Db } from '../../client.ts'

/** Cancels a pending verification of an account; false when it is not pending. */
export async function cancelVerification(db: Db, accountId: string, id: string): Promise<boolean> {
  const rows = await db.query(
    'otp-cancel',
    `update otp_verifications set status = 'canceled', ended_at = now(), sealed_code = null, wake_at = now()
      where id = $1 and account_id = $2 and status = 'pending' and expires_at > now() returning id`,
    [id, accountId],
  )
  return rows.length > 0
}

/** Notes whether the app's user got in; false when there is no such verification. */
export async function saveConversion(
  db: Db,
  accountId: string,
  { id, converted }: { id: string; converted: boolean },
): Promise<boolean> {
  const rows = await db.query(
    'otp-converted',
    'update otp_verifications set converted = $3 where id = $1 and account_id = $2 returning id',
    [id, accountId, converted],
  )
  return rows.length > 0
}

/** A customer's word that they did not ask for the code in a message. */
export interface CustomerReport {
  accountId: string
  /** The provider's id of the message. */
  externalId: string
  /** Id of the row in the log of decisions. */
  id: string
}

/**
 * Cancels the verifications whose customers did not ask for them, and counts them against prefix and client; each once.
 * Returns how many there were.
 */
export async function reportVerifications(db: Db, reports: readonly CustomerReport[]): Promise<number> {
  const rows = await db.query('otp-reported', reportedSql, [JSON.stringify(reports)])
  return rows.length
}

const reportedSql = `
with input as materialized (
  select * from json_to_recordset($1::json) as x("accountId" uuid, "externalId" text, "id" uuid)
), found as materialized (
  select distinct on (s.verification_id) s.verification_id, i."id"
    from input i
    join messages m on m.external_id = i."externalId" and m.account_id = i."accountId" and m.direction = 'outbound'
    join otp_sends s on s.message_id = m.id
   order by s.verification_id
), locked as materialized (
  select v.id from otp_verifications v join found f on f.verification_id = v.id order by v.id for update of v
), reported as (
  update otp_verifications v set reported_at = now(),
    status = case when v.status = 'pending' then 'canceled' else v.status end,
    ended_at = coalesce(v.ended_at, now()), sealed_code = null, wake_at = now()
    from found f join locked l on l.id = f.verification_id where v.id = l.id and v.reported_at is null
  returning v.id, v.account_id, v.service, v.address, v.prefix, v.client, v.country, f."id" as send_id
)
insert into otp_sends (id, account_id, verification_id, service, address, prefix, client, country, kind, reasons, at)
select send_id, account_id, id, service, address, prefix, client, country, 'report', array['reported_by_customers'], now()
  from reported
returning id`
