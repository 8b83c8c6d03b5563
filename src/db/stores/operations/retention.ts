import type { Db } from '../../client.ts'

/**
 * Deletes up to `limit` messages that are over and older than the id, with their timelines and attempts. The
 * counters keep counting them.
 */
export async function deleteOldMessages(db: Db, beforeId: string, limit: number): Promise<void> {
  await db.query(
    'retention-messages',
    `with old as (
       select id from messages where id < $1 and wake_at is null order by id limit $2 for update skip locked
     ), entries as (
       delete from message_events where message_id in (select id from old)
     ), attempts as (
       delete from provider_attempts where message_id in (select id from old)
     )
     delete from messages where id in (select id from old)`,
    [beforeId, limit],
  )
}

/** Forgets up to `limit` customers who have not written since. */
export async function deleteOldWindows(db: Db, before: Date, limit: number): Promise<void> {
  await db.query(
    'retention-windows',
    `delete from contact_windows where (account_id, address, session_id) in (
       select account_id, address, session_id from contact_windows
        where last_inbound_at < $1 order by last_inbound_at limit $2 for update skip locked)`,
    [before, limit],
  )
}

/** Forgets up to `limit` pairs of addresses that were not reported again since. */
export async function deleteOldAliases(db: Db, before: Date, limit: number): Promise<void> {
  await db.query(
    'retention-aliases',
    `delete from contact_aliases where (account_id, address) in (
       select account_id, address from contact_aliases
        where learned_at < $1 order by learned_at limit $2 for update skip locked)`,
    [before, limit],
  )
}

/** Deletes up to `limit` webhook events that are older than the id and on their way to nobody. */
export async function deleteOldWebhookEvents(db: Db, beforeId: string, limit: number): Promise<void> {
  await db.query(
    'retention-webhook-events',
    `with old as (
       select e.id from webhook_events e
        where e.id < $1
          and not exists (select from webhook_deliveries d where d.event_id = e.id and d.wake_at is not null)
        order by e.id limit $2 for update skip locked
     ), deliveries as (
       delete from webhook_deliveries where event_id in (select id from old)
     )
     delete from webhook_events where id in (select id from old)`,
    [beforeId, limit],
  )
}

/** Deletes up to `limit` applied callbacks that are older than the id. */
export async function deleteOldCallbacks(db: Db, beforeId: string, limit: number): Promise<void> {
  await db.query(
    'retention-callbacks',
    `delete from callbacks where id in (
       select id from callbacks where id < $1 and state = 'applied' order by id limit $2 for update skip locked)`,
    [beforeId, limit],
  )
}

/** Deletes up to `limit` verifications that are over and older than the id, with the decisions on their sends. */
export async function deleteOldVerifications(db: Db, beforeId: string, limit: number): Promise<void> {
  await db.query(
    'retention-verifications',
    `delete from otp_verifications where id in (
       select id from otp_verifications where id < $1 and wake_at is null order by id limit $2
          for update skip locked)`,
    [beforeId, limit],
  )
  await db.query(
    'retention-otp-sends',
    `delete from otp_sends where id in (
       select id from otp_sends where id < $1 order by id limit $2 for update skip locked)`,
    [beforeId, limit],
  )
}

/** Forgets up to `limit` numbers that no code was sent to or judged for since. */
export async function deleteOldNumbers(db: Db, before: Date, limit: number): Promise<void> {
  await db.query(
    'retention-otp-numbers',
    `delete from otp_numbers where (account_id, address) in (
       select account_id, address from otp_numbers where updated_at < $1 order by updated_at limit $2
          for update skip locked)`,
    [before, limit],
  )
}
