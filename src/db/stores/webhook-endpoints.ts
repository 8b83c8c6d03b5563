import type { WebhookEndpoint } from '../../domain/webhook.ts'
import { guarded, type Db } from '../client.ts'

/** The endpoint that `PUT /auth/me/webhook` sets, or null. */
export function findDefaultEndpoint(db: Db, accountId: string): Promise<WebhookEndpoint | null> {
  return guarded(async () => db.prisma.webhookEndpoint.findFirst({ where: { accountId, isDefault: true } }))
}

/** Sets the account's default endpoint: one row, whatever runs at the same time. */
export async function upsertDefaultEndpoint(db: Db, endpoint: WebhookEndpoint): Promise<WebhookEndpoint> {
  const [row] = await db.query<{ id: string }>(
    'webhook-default-upsert',
    `insert into webhook_endpoints (id, account_id, url, secret, events, enabled, is_default, created_at, updated_at)
     values ($1, $2, $3, $4, array['message.status_updated'], true, true, $5, $5)
     on conflict (account_id) where is_default
       do update set url = excluded.url, secret = excluded.secret, enabled = true, updated_at = excluded.updated_at
     returning id`,
    [endpoint.id, endpoint.accountId, endpoint.url, endpoint.secret, endpoint.createdAt],
  )
  return { ...endpoint, id: row?.id ?? endpoint.id }
}

/** Removes the account's default endpoint and cancels what was still on its way to it. */
export async function deleteDefaultEndpoint(db: Db, accountId: string): Promise<boolean> {
  const rows = await db.query<{ id: string }>(
    'webhook-default-delete',
    `with gone as (delete from webhook_endpoints where account_id = $1 and is_default returning id), canceled as (
       update webhook_deliveries set status = 'canceled', wake_at = null
        where endpoint_id in (select id from gone) and wake_at is not null)
     select id from gone`,
    [accountId],
  )
  return rows.length > 0
}
