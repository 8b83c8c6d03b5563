import type { SessionHealth } from '../../../domain/sessions/health.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { storableJson, storableText } from '../../../kit/storable.ts'
import type { Db } from '../../client.ts'
import { sessionColumns, toLiveSession, type SessionRow } from './row.ts'

/** A session of a business. `isVerified`: the provider itself connects the two, or let the session read the business. */
export interface BusinessSession {
  session: LiveSession
  businessId: string
  isVerified: boolean
}

/** The sessions, of any account, that belong to one of these businesses, or say so. */
export async function findSessionsByBusiness(
  db: Db,
  provider: string,
  businessIds: string[],
): Promise<BusinessSession[]> {
  const rows = await db.query<SessionRow & { businessId: string; isVerified: boolean }>(
    'sessions-by-business',
    `select distinct on (s.id, s.business) ${sessionColumns}, s.business as "businessId", s.is_verified as "isVerified"
       from (
         select r.*, r.reported_business_id as business, true as is_verified
           from sessions r where r.reported_business_id = any($2)
         union all
         select o.*, o.business_account_id, exists (
             select from template_lists l
              where l.account_id = o.account_id and l.business_account_id = o.business_account_id)
           from sessions o where o.business_account_id = any($2)
       ) s
      where s.provider = $1 and s.state <> 'removed'
      order by s.id, s.business, s.is_verified desc`,
    [provider, businessIds],
  )
  return rows.map((row) => ({
    session: toLiveSession(row),
    businessId: row.businessId,
    isVerified: row.isVerified,
  }))
}

/** A sender as callbacks name it: by its business, and by its number. */
export interface ReportedPlace {
  senderId: string
  businessId: string | null
  phoneNumber: string | null
}

/** Keeps what the provider's callbacks say of senders, at those sessions that proved to be them. */
export async function recordPlaces(
  db: Db,
  provider: string,
  places: readonly ReportedPlace[],
): Promise<void> {
  await db.query(
    'session-places',
    `update sessions s set reported_business_id = coalesce(n.business_id, s.reported_business_id),
            display_phone_number = coalesce(s.display_phone_number, n.phone_number)
       from unnest($2::text[], $3::text[], $4::text[]) as n(sender_id, business_id, phone_number)
      where s.sender_id = n.sender_id and s.provider = $1 and s.verified_at is not null and s.state <> 'removed'
        and (s.reported_business_id is distinct from coalesce(n.business_id, s.reported_business_id)
          or (s.display_phone_number is null and n.phone_number is not null))`,
    [
      provider,
      places.map(({ senderId }) => senderId),
      places.map(({ businessId }) => (businessId === null ? null : storableText(businessId))),
      places.map(({ phoneNumber }) => (phoneNumber === null ? null : storableText(phoneNumber))),
    ],
  )
}

/**
 * Merges updates of a sender's health, aspect by aspect: an aspect that is older than what is known changes nothing. A
 * name that the provider approved is the sender's name from then on.
 */
export async function mergeHealth(
  db: Db,
  updates: readonly { sessionId: string; health: SessionHealth }[],
): Promise<void> {
  await db.query('session-health', mergeSql, [
    storableJson(
      updates.map(({ sessionId, health }) => ({
        sessionId,
        health,
        verifiedName: health.name?.decision === 'APPROVED' ? health.name.requested : null,
      })),
    ),
  ])
}

const mergeSql = `
with updates as materialized (
  select x."sessionId" as id, a.key as aspect, a.value as reported, x."verifiedName" as verified_name, x.ordinality
    from rows from (json_to_recordset($1::json) as ("sessionId" uuid, "health" jsonb, "verifiedName" text))
         with ordinality as x("sessionId", "health", "verifiedName", ordinality)
    cross join lateral jsonb_each(x."health") as a
), newest as (
  select distinct on (id, aspect) id, aspect, reported, verified_name from updates
   order by id, aspect, reported->>'at' desc, ordinality desc
), fresh as (
  select n.* from newest n join sessions s on s.id = n.id
   where coalesce(s.health->n.aspect->>'at', '') <= n.reported->>'at'
)
update sessions s
   set health = coalesce(s.health, '{}') || f.health, verified_name = coalesce(f.verified_name, s.verified_name),
       updated_at = now()
  from (select id, jsonb_object_agg(aspect, reported) as health,
               max(verified_name) filter (where aspect = 'name') as verified_name
          from fresh group by id) f
 where s.id = f.id`
