import type { Context } from '../../context.ts'
import { insertAddressedEvents } from '../../db/stores/webhooks/addressed.ts'
import { findEndpoint, insertEndpoint } from '../../db/stores/webhooks/endpoints.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import type { FormatName } from '../../domain/webhooks/formats/index.ts'
import { newWebhookSecret } from '../../kit/crypto/standard-webhooks.ts'
import { idFrom } from '../../kit/id.ts'
import { endpointsMax } from './endpoints.ts'
import { assertReachable } from './public-url.ts'
import { enqueueDeliveries, eventRow } from './publish.ts'
import { webhookSecretPurpose } from './secrets.ts'

/** As the endpoints that its owner makes. */
const format = 'standard' satisfies FormatName
/** No event has this type: such an endpoint hears only what is addressed to it. */
const addressedOnly = ['callback']

/** The id of the endpoint of a callback URL: the same for the same. */
function endpointIdOf(accountId: string, url: string): string {
  return idFrom(new Date(0), `callback ${accountId} ${url}`)
}

/**
 * Sees to it that there is an endpoint for a callback URL, which its owner finds among the others, with its secret and
 * its log. Throws `validation_failed` for a URL that must not be reached, and when there are too many endpoints.
 */
export async function ensureCallbackEndpoint(ctx: Context, accountId: string, url: string): Promise<void> {
  await assertReachable(ctx, url, 'callbackUrl')
  const id = endpointIdOf(accountId, url)
  if ((await findEndpoint(ctx.db, { accountId, formats: [format] }, id)) !== null) return
  const secret = ctx.encrypter.encrypt(newWebhookSecret(), webhookSecretPurpose(accountId))
  const endpoint = {
    id,
    accountId,
    url,
    description: 'A callback URL of one-time passwords',
    secret,
    format,
    events: addressedOnly,
    formatEvents: [],
    sessionIds: [],
    headers: null,
    ratePerSecond: null,
    ordered: false,
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    createdAt: ctx.clock.now(),
  }
  const made = await insertEndpoint(ctx.db, endpoint, endpointsMax).catch(async (error: unknown) => {
    // Another request made it meanwhile.
    if ((await findEndpoint(ctx.db, { accountId, formats: [format] }, id)) !== null) return true
    throw error
  })
  if (made) return
  throw invalidRequest([
    { path: 'callbackUrl', message: `is one endpoint too many: an account may have ${endpointsMax}` },
  ])
}

/** An event, and the callback URL that it goes to beside the endpoints that subscribe to it. */
export interface AddressedEvent {
  event: NewEvent
  url: string
}

/** Delivers events to callback URLs. An event that comes again, by its id, is not delivered again. */
export async function publishToCallbacks(ctx: Context, addressed: readonly AddressedEvent[]): Promise<void> {
  if (addressed.length === 0) return
  const rows = addressed.map(({ event, url }) => ({
    ...eventRow(ctx, event),
    endpointId: endpointIdOf(event.accountId, url),
  }))
  enqueueDeliveries(ctx, await insertAddressedEvents(ctx.db, rows))
}
