import type { Context } from '../../context.ts'
import { insertAddressedEvents, type AddressedWebhookEvent } from '../../db/stores/webhooks/addressed.ts'
import { findEndpoint, insertEndpoint } from '../../db/stores/webhooks/endpoints.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import { formatNamed, type FormatName } from '../../domain/webhooks/formats/index.ts'
import {
  callbackStatuses,
  type CallbackData,
  type CallbackStep,
} from '../../domain/webhooks/formats/status-query.ts'
import { newWebhookSecret } from '../../kit/crypto/standard-webhooks.ts'
import { idFrom } from '../../kit/id.ts'
import { storableJson } from '../../kit/storable.ts'
import { changeEndpoint, endpointsMax } from './endpoints.ts'
import { assertReachable } from './public-url.ts'
import { enqueueDeliveries, eventRow } from './publish.ts'
import { webhookSecretPurpose } from './secrets.ts'

/** No event has this type: such an endpoint hears only what is addressed to it. */
const addressedOnly = ['callback']

/** A callback URL of an account, and how callbacks to it are written. */
export interface CallbackPlace {
  accountId: string
  url: string
  format: FormatName
}

/** The endpoint of a callback URL has the same id for the same URL and format. */
function endpointIdOf({ accountId, url, format }: CallbackPlace): string {
  const name = format === 'standard' ? '' : `${format} `
  return idFrom(new Date(0), `callback ${name}${accountId} ${url}`)
}

/**
 * Sees to it that there is an endpoint for a callback URL. One of the standard format its owner finds among the others,
 * with its secret and its log. One whose callbacks are queries is shared by all URLs that differ in their query alone, and
 * is switched on again by whoever names it anew. Throws `validation_failed` for a URL that must not be reached, and when
 * there are too many endpoints.
 */
export async function ensureCallbackEndpoint(ctx: Context, place: CallbackPlace): Promise<void> {
  const { accountId, format } = place
  await assertReachable(ctx, place.url, 'callbackUrl')
  const isQuery = formatNamed(format).sentAs === 'query'
  const url = isQuery ? partsOf(place.url).url : place.url
  const id = endpointIdOf({ ...place, url })
  const found = await findEndpoint(ctx.db, { accountId, formats: [format] }, id)
  if (found !== null) {
    if (isQuery && !found.enabled) await changeEndpoint(ctx, { accountId, format, id }, { enabled: true })
    return
  }
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
    // A number says nothing of when it was: 2 after 3 would be read as a step back.
    ordered: isQuery,
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

/** A URL without its query, and that query. */
function partsOf(url: string): { url: string; query: string } {
  const parsed = new URL(url)
  const query = parsed.search.slice(1)
  parsed.search = ''
  parsed.hash = ''
  return { url: parsed.href, query }
}

/** An event, and the callback URL that it goes to beside the endpoints that subscribe to it. */
export interface AddressedEvent {
  event: NewEvent
  url: string
}

/** Delivers events to callback URLs. An event that comes again, by its id, is not delivered again. */
export async function publishToCallbacks(ctx: Context, addressed: readonly AddressedEvent[]): Promise<void> {
  await publishAddressed(
    ctx,
    addressed.map(({ event, url }) => ({
      ...eventRow(ctx, event),
      endpointId: endpointIdOf({ accountId: event.accountId, url, format: 'standard' }),
    })),
  )
}

/** A step of a one-time password that a callback by query tells. */
export interface StepCallback {
  accountId: string
  url: string
  /** The verification, and its number. */
  verificationId: string
  address: string
  step: CallbackStep
  /** The same for the same step, which is told once. */
  id: string
}

/** Delivers steps of one-time passwords to callback URLs as queries. One that comes again, by its id, is not delivered again. */
export async function publishSteps(ctx: Context, steps: readonly StepCallback[]): Promise<void> {
  const format = 'status-query' satisfies FormatName
  await publishAddressed(
    ctx,
    steps.map(({ id, accountId, url: given, verificationId, address, step }) => {
      const { url, query } = partsOf(given)
      const data: CallbackData = { session_id: verificationId, status: callbackStatuses[step], query }
      return {
        id,
        accountId,
        type: `otp.${step}`,
        sessionId: null,
        orderKey: address,
        payload: storableJson({ type: `otp.${step}`, timestamp: ctx.clock.now().toISOString(), data }),
        endpointId: endpointIdOf({ accountId, url, format }),
      }
    }),
  )
}

async function publishAddressed(ctx: Context, rows: readonly AddressedWebhookEvent[]): Promise<void> {
  if (rows.length > 0) enqueueDeliveries(ctx, await insertAddressedEvents(ctx.db, rows))
}
