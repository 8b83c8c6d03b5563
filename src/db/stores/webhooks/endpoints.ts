import {
  oldSecrets,
  type DisabledReason,
  type EndpointSettings,
  type WebhookEndpoint,
} from '../../../domain/webhooks/endpoint.ts'
import { guarded, type Db } from '../../client.ts'
import type { WebhookEndpointModel } from '../../generated/models.ts'

/** The endpoint that `PUT /auth/me/webhook` sets, or null. */
export function findDefaultEndpoint(db: Db, accountId: string): Promise<WebhookEndpoint | null> {
  return guarded(async () =>
    toEndpointOrNull(await db.prisma.webhookEndpoint.findFirst({ where: { accountId, isDefault: true } })),
  )
}

/** The endpoints of an account that have one of these formats: each API sees those of its own. */
export interface EndpointScope {
  accountId: string
  formats: readonly string[]
}

const inScope = ({ accountId, formats }: EndpointScope) => ({ accountId, format: { in: [...formats] } })

/** One endpoint of an account, or null. */
export function findEndpoint(db: Db, scope: EndpointScope, id: string): Promise<WebhookEndpoint | null> {
  return guarded(async () =>
    toEndpointOrNull(await db.prisma.webhookEndpoint.findFirst({ where: { ...inScope(scope), id } })),
  )
}

/** All endpoints of an account, the oldest first. */
export function listEndpoints(db: Db, scope: EndpointScope): Promise<WebhookEndpoint[]> {
  return guarded(async () =>
    (await db.prisma.webhookEndpoint.findMany({ where: inScope(scope), orderBy: { id: 'asc' } })).map(
      toEndpoint,
    ),
  )
}

/** A new endpoint, as it is written. */
export interface NewEndpoint extends EndpointSettings {
  id: string
  accountId: string
  secret: string
  disabledReason: DisabledReason | null
  disabledAt: Date | null
  createdAt: Date
}

/** Writes a new endpoint; false when the account has `max` already, however many are made at once. */
export async function insertEndpoint(db: Db, endpoint: NewEndpoint, max: number): Promise<boolean> {
  const rows = await db.query<{ id: string }>(
    'webhook-endpoint-insert',
    `insert into webhook_endpoints (id, account_id, url, description, secret, events, session_ids, headers,
       rate_per_second, ordered, enabled, disabled_reason, disabled_at, created_at, updated_at, format, format_events)
     select $1::uuid, $2::uuid, $3, $4, $5, $6::text[], $7::uuid[], $8, $9::int, $10::boolean, $11::boolean, $12,
            $13::timestamptz, $14::timestamptz, $14, $16, $17::text[]
      where hermod_has_endpoint_place($2, $15)
     returning id`,
    [
      endpoint.id,
      endpoint.accountId,
      endpoint.url,
      endpoint.description,
      endpoint.secret,
      endpoint.events,
      endpoint.sessionIds,
      endpoint.headers,
      endpoint.ratePerSecond,
      endpoint.ordered,
      endpoint.enabled,
      endpoint.disabledReason,
      endpoint.disabledAt,
      endpoint.createdAt,
      max,
      endpoint.format,
      endpoint.formatEvents,
    ],
  )
  return rows.length > 0
}

/** The columns of an endpoint that one statement may change. */
export type EndpointChange = Partial<
  EndpointSettings &
    Pick<WebhookEndpoint, 'disabledReason' | 'disabledAt' | 'failingSince' | 'breakerUntil'> & {
      breakerTrips: number
    }
>

/** Changes an endpoint of an account; null when there is none. */
export function updateEndpoint(
  db: Db,
  { accountId, id, at }: { accountId: string; id: string; at: Date },
  change: EndpointChange,
): Promise<WebhookEndpoint | null> {
  return guarded(async () => {
    const [row] = await db.prisma.webhookEndpoint.updateManyAndReturn({
      where: { accountId, id },
      data: { ...change, updatedAt: at },
    })
    return toEndpointOrNull(row ?? null)
  })
}

/** Gives an endpoint another secret; false when it does not have the secret `was` any more. All are encrypted. */
export function replaceSecret(
  db: Db,
  endpoint: Pick<WebhookEndpoint, 'id' | 'accountId' | 'secret' | 'oldSecrets'>,
  { was, at }: { was: string; at: Date },
): Promise<boolean> {
  const { id, accountId, secret } = endpoint
  const old = endpoint.oldSecrets.map((one) => ({ ...one, expiresAt: one.expiresAt.toISOString() }))
  return guarded(async () => {
    const { count } = await db.prisma.webhookEndpoint.updateMany({
      where: { id, accountId, secret: was },
      data: { secret, oldSecrets: old, updatedAt: at },
    })
    return count > 0
  })
}

/**
 * Sets the account's default endpoint: one row, whatever runs at the same time. One that is there begins anew, with
 * the new secret alone and the event `message.status_updated`.
 */
export async function upsertDefaultEndpoint(
  db: Db,
  endpoint: Pick<WebhookEndpoint, 'id' | 'accountId' | 'url' | 'secret' | 'createdAt'>,
): Promise<void> {
  await db.query(
    'webhook-default-upsert',
    `insert into webhook_endpoints (id, account_id, url, secret, events, enabled, is_default, created_at, updated_at)
     values ($1, $2, $3, $4, array['message.status_updated'], true, true, $5, $5)
     on conflict (account_id) where is_default
       do update set url = excluded.url, secret = excluded.secret, old_secrets = '[]', events = excluded.events,
         session_ids = '{}', enabled = true, disabled_reason = null, disabled_at = null, failing_since = null,
         breaker_until = null, breaker_trips = 0, updated_at = excluded.updated_at`,
    [endpoint.id, endpoint.accountId, endpoint.url, endpoint.secret, endpoint.createdAt],
  )
}

/** Removes an account's endpoint, by its id or as the default one, and cancels what was still on its way to it. */
export async function deleteEndpoint(
  db: Db,
  accountId: string,
  which: { id: string } | 'default',
): Promise<boolean> {
  const rows = await db.query<{ id: string }>(
    'webhook-endpoint-delete',
    `with gone as (
       delete from webhook_endpoints where account_id = $1 and case when $2::uuid is null then is_default else id = $2 end
       returning id
     ), canceled as (
       update webhook_deliveries set status = 'canceled', wake_at = null
        where endpoint_id in (select id from gone) and wake_at is not null)
     select id from gone`,
    [accountId, which === 'default' ? null : which.id],
  )
  return rows.length > 0
}

function toEndpointOrNull(row: WebhookEndpointModel | null): WebhookEndpoint | null {
  return row === null ? null : toEndpoint(row)
}

const disabledReasons: ReadonlyMap<string | null, DisabledReason> = new Map<string, DisabledReason>([
  ['owner', 'owner'],
  ['gone', 'gone'],
  ['failing', 'failing'],
])

function toEndpoint({ breakerTrips: _breakerTrips, ...row }: WebhookEndpointModel): WebhookEndpoint {
  return {
    ...row,
    oldSecrets: oldSecrets.parse(row.oldSecrets),
    disabledReason: disabledReasons.get(row.disabledReason) ?? null,
  }
}
