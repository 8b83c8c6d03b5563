import type { Context } from '../../context.ts'
import { listSessions } from '../../db/stores/sessions/read.ts'
import {
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  updateEndpoint,
  type EndpointChange,
  type EndpointScope,
} from '../../db/stores/webhooks/endpoints.ts'
import { AppError, invalidRequest } from '../../domain/app-error.ts'
import type { CustomHeader, WebhookEndpoint } from '../../domain/webhooks/endpoint.ts'
import { formatNamed, openFormats, type FormatName } from '../../domain/webhooks/formats/index.ts'
import { newId } from '../../kit/id.ts'
import { openHeaders, encryptHeaders, webhookSecretPurpose } from './secrets.ts'
import { assertReachable } from './public-url.ts'

/** More than anybody has use for, and few enough for every event to look at them all. */
export const endpointsMax = 50

/** A header as its owner gives it; without a value: the one that is stored under this name stays. */
export interface GivenHeader {
  name: string
  value: string | null
  secret: boolean
}

/** The settings of an endpoint that its owner decides. */
export interface EndpointRequest {
  url: string
  description: string | null
  /** In the words of its format; of the standard one these are the types. */
  events: string[]
  /** Ids or names. */
  sessions: string[]
  headers: GivenHeader[]
  ratePerSecond: number | null
  ordered: boolean
  enabled: boolean
}

/** An endpoint as its owner sees it. */
export interface EndpointOverview {
  endpoint: WebhookEndpoint
  headers: CustomHeader[]
  /** When it was looked at. */
  at: Date
}

/** Which endpoints of an account are meant: those of the formats that their owner may choose, unless one is named. */
export interface EndpointPlace {
  accountId: string
  format?: FormatName
}

/** The same for the store. */
export function scopeOf({ accountId, format }: EndpointPlace): EndpointScope {
  return { accountId, formats: format === undefined ? openFormats : [format] }
}

/**
 * Makes an endpoint, with a secret of the owner's own or a new one. Throws `validation_failed` (the URL, a session,
 * a header, or too many endpoints).
 */
export async function createEndpoint(
  ctx: Context,
  {
    accountId,
    format = 'standard',
    secret = formatNamed(format).newSecret(),
    ...request
  }: EndpointRequest & EndpointPlace & { secret?: string },
): Promise<EndpointOverview & { secret: string }> {
  const { sessions, headers, events, ...settings } = request
  await assertReachable(ctx, settings.url)
  const at = ctx.clock.now()
  const id = newId()
  const made = await insertEndpoint(
    ctx.db,
    {
      ...settings,
      format,
      ...subscriptionOf(format, events),
      sessionIds: await sessionIdsOf(ctx, accountId, sessions),
      headers: encryptHeaders(ctx, accountId, filledIn(headers, [])),
      id,
      accountId,
      secret: ctx.encrypter.encrypt(secret, webhookSecretPurpose(accountId)),
      disabledReason: request.enabled ? null : 'owner',
      disabledAt: request.enabled ? null : at,
      createdAt: at,
    },
    endpointsMax,
  )
  if (made) return { ...(await getEndpoint(ctx, { accountId, format }, id)), secret }
  throw new AppError(
    'validation_failed',
    `An account can have ${endpointsMax} webhook endpoints: delete one that is not needed any more.`,
  )
}

/** An account's endpoints, the oldest first. */
export async function findEndpoints(ctx: Context, place: EndpointPlace): Promise<EndpointOverview[]> {
  return (await listEndpoints(ctx.db, scopeOf(place))).map((endpoint) => overview(ctx, endpoint))
}

/** One endpoint of an account. Throws `not_found`. */
export async function getEndpoint(ctx: Context, place: EndpointPlace, id: string): Promise<EndpointOverview> {
  const endpoint = await findEndpoint(ctx.db, scopeOf(place), id)
  if (endpoint === null) throw noSuchEndpoint()
  return overview(ctx, endpoint)
}

/**
 * Changes what is given of an endpoint. Enabling one clears what is known of its failures; it gets what happens from
 * then on. Throws `not_found` and `validation_failed`.
 */
export async function changeEndpoint(
  ctx: Context,
  { id, ...place }: EndpointPlace & { id: string },
  request: Partial<EndpointRequest>,
): Promise<EndpointOverview> {
  const { accountId } = place
  const present = await getEndpoint(ctx, place, id)
  const { sessions, headers, events, ...settings } = request
  if (settings.url !== undefined) await assertReachable(ctx, settings.url)
  const at = ctx.clock.now()
  const endpoint = await updateEndpoint(
    ctx.db,
    { accountId, id, at },
    {
      ...settings,
      ...switched(settings.enabled, at),
      ...(events !== undefined && subscriptionOf(present.endpoint.format, events)),
      ...(sessions !== undefined && { sessionIds: await sessionIdsOf(ctx, accountId, sessions) }),
      ...(headers !== undefined && {
        headers: encryptHeaders(ctx, accountId, filledIn(headers, present.headers)),
      }),
    },
  )
  if (endpoint === null) throw noSuchEndpoint()
  return overview(ctx, endpoint)
}

/** Removes an endpoint; what was still on its way to it is canceled. Throws `not_found`. */
export async function removeEndpoint(ctx: Context, place: EndpointPlace, id: string): Promise<void> {
  const { accountId } = (await getEndpoint(ctx, place, id)).endpoint
  if (!(await deleteEndpoint(ctx.db, accountId, { id }))) throw noSuchEndpoint()
}

export function noSuchEndpoint(): AppError {
  return new AppError('not_found', 'There is no such webhook endpoint in your account.')
}

/** A type that no event has: an empty list of types would stand for all. */
const none = 'none'

/** The subscriptions of an endpoint, in the words of its format and by the types that follow from them. */
function subscriptionOf(format: string, names: string[]): Pick<WebhookEndpoint, 'events' | 'formatEvents'> {
  const given = unique(names)
  if (format === 'standard') return { events: given, formatEvents: [] }
  const types = formatNamed(format).typesOf(given)
  return { events: types.length === 0 ? [none] : types, formatEvents: given }
}

function switched(enabled: boolean | undefined, at: Date): EndpointChange {
  if (enabled === undefined) return {}
  if (!enabled) return { disabledReason: 'owner', disabledAt: at }
  return { disabledReason: null, disabledAt: null, failingSince: null, breakerUntil: null, breakerTrips: 0 }
}

async function sessionIdsOf(ctx: Context, accountId: string, named: string[]): Promise<string[]> {
  if (named.length === 0) return []
  const sessions = await listSessions(ctx.db, accountId)
  const found = named.map(
    (one) => sessions.find(({ id, name }) => id === one.toLowerCase() || name === one)?.id,
  )
  const details = named.flatMap((one, index) =>
    found[index] === undefined
      ? [{ path: `sessions.${index}` as const, message: `there is no session "${one}" in this account` }]
      : [],
  )
  if (details.length > 0) throw invalidRequest(details)
  return unique(found.filter((id) => id !== undefined))
}

function unique(items: string[]): string[] {
  return [...new Set(items)]
}

/** Puts the stored values where none is given, so that what was read can be written back. */
function filledIn(given: GivenHeader[], present: CustomHeader[]): CustomHeader[] {
  return given.map(({ name, value, secret }, index) => {
    const stored = present.find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (value !== null) return { name, value, secret }
    // A value that is not given anew does not become readable.
    if (stored !== undefined) return { name, value: stored.value, secret: secret || stored.secret }
    const message = `has no stored value to keep: give the value of ${name}`
    throw invalidRequest([{ path: `headers.${index}.value`, message }])
  })
}

function overview(ctx: Context, endpoint: WebhookEndpoint): EndpointOverview {
  return { endpoint, headers: readableHeaders(ctx, endpoint), at: ctx.clock.now() }
}

/** Headers that no key opens any more are as good as gone. */
function readableHeaders(ctx: Context, endpoint: WebhookEndpoint): CustomHeader[] {
  try {
    return openHeaders(ctx, endpoint)
  } catch (error) {
    ctx.log.error({ err: error, endpointId: endpoint.id }, 'the headers of a webhook endpoint cannot be read')
    return []
  }
}
