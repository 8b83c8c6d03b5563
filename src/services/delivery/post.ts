import { perContext, type Context } from '../../context.ts'
import type { AttemptRecord } from '../../db/stores/webhooks/settle.ts'
import { findTarget } from '../../db/stores/webhooks/claim.ts'
import {
  judgeAnswer,
  type ClaimedDelivery,
  type DeliveryTarget,
  type Verdict,
} from '../../domain/webhooks/delivery.ts'
import { jitter } from '../../kit/backoff.ts'
import { createCache } from '../../kit/cache.ts'
import { formatNamed } from '../../domain/webhooks/formats/index.ts'
import { newId } from '../../kit/id.ts'
import type { OutboundAnswer } from '../../kit/net/outbound-client.ts'
import { storableText } from '../../kit/storable.ts'
import { customHeaders, liveSecrets } from '../webhooks/secrets.ts'

/** The result of one attempt. */
export interface AttemptMade {
  verdict: Verdict
  record: AttemptRecord
}

/** A delivery that waited longer than this since it was claimed looks at its endpoint again. */
const trustMs = 1_000

const targets = perContext((ctx: Context) =>
  createCache({ ttlMs: trustMs, entriesMax: 1_000, load: (id) => findTarget(ctx.db, id) }),
)

/** The endpoint of a delivery as it is at this moment, give or take a second; null when it is gone. */
export function presentTarget(
  ctx: Context,
  { endpointId, target }: ClaimedDelivery,
  claimedMs: number,
): DeliveryTarget | null | Promise<DeliveryTarget | null> {
  return performance.now() - claimedMs < trustMs ? target : targets(ctx).get(endpointId)
}

/** The body of a delivery as its endpoint wants it; null when it does not want it. */
export function bodyOf(delivery: ClaimedDelivery, { format, formatEvents }: DeliveryTarget): string | null {
  return formatNamed(format).bodyOf(delivery, formatEvents)
}

/** Posts an event to its endpoint once, and judges the answer. */
export async function postWebhook(
  ctx: Context,
  delivery: ClaimedDelivery,
  { target, body }: { target: DeliveryTarget; body: string },
): Promise<AttemptMade> {
  const { attempt, manual } = delivery
  const at = ctx.clock.now()
  const answer = await post(ctx, delivery, { target, body, at })
  const { scheduleMs } = ctx.config.webhooks
  const verdict = judgeAnswer(answer, { attempt, manual, scheduleMs, now: ctx.clock.now(), jitter })
  const record = {
    id: newId(),
    attempt: manual ? 0 : attempt,
    url: urlOf(target, body),
    error: verdict.error,
    at,
    ...recordOf(answer),
  }
  return { verdict, record }
}

/** Where a delivery goes: of a format whose bodies are queries, with the body behind the URL. */
function urlOf({ url, format }: DeliveryTarget, body: string): string {
  return formatNamed(format).sentAs === 'query' ? `${url}?${body}` : url
}

type Answer = Omit<OutboundAnswer, 'error'> & { error: string | null }

async function post(
  ctx: Context,
  { eventId, endpointId, test }: ClaimedDelivery,
  { target, body, at }: { target: DeliveryTarget; body: string; at: Date },
): Promise<Answer> {
  try {
    const { headers, secrets } = openTarget(ctx, target, at)
    const { sentAs, ...format } = formatNamed(target.format)
    const own = format.headersOf({ eventId, at, body, secrets, test })
    if (sentAs === 'query')
      return await ctx.outbound.get(urlOf(target, body), { headers: { ...headers, ...own } })
    return await ctx.outbound.post(target.url, {
      headers: { ...headers, 'content-type': 'application/json', ...own },
      body,
    })
  } catch (error) {
    // No key opens its secret: SECRETS_KEY was changed without keeping the old one in the list.
    ctx.log.error({ err: error, endpointId }, 'the secrets of a webhook endpoint cannot be opened')
    return { status: 0, headers: {}, body: '', error: 'E_SECRET', remoteAddress: null, latencyMs: 0 }
  }
}

interface OpenTarget {
  headers: Record<string, string>
  secrets: string[]
}

/** Opened once for all deliveries that were claimed together. */
const opened = new WeakMap<DeliveryTarget, OpenTarget>()

function openTarget(ctx: Context, target: DeliveryTarget, at: Date): OpenTarget {
  const found = opened.get(target)
  if (found !== undefined) return found
  const fresh = { headers: customHeaders(ctx, target), secrets: liveSecrets(ctx, target, at) }
  opened.set(target, fresh)
  return fresh
}

/** So much of an answer is kept. */
const headersMax = { count: 50, valueLength: 500 }
const bodyLengthMax = 16_384
/** Headers of an answer that may hold secrets, and must not be kept. */
const redacted: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2', 'www-authenticate'])

function recordOf(
  answer: Answer,
): Pick<AttemptRecord, 'status' | 'latencyMs' | 'remoteAddress' | 'responseHeaders' | 'responseBody'> {
  const { status, latencyMs, remoteAddress, body } = answer
  return {
    status,
    latencyMs,
    remoteAddress,
    responseHeaders: status === 0 ? null : keptHeaders(answer.headers),
    responseBody: body === '' ? null : storableText(body.slice(0, bodyLengthMax)),
  }
}

function keptHeaders(headers: OutboundAnswer['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers).slice(0, headersMax.count)) {
    if (value === undefined) continue
    const text = Array.isArray(value) ? value.map(keptValue) : keptValue(value)
    kept[storableText(name)] = redacted.has(name.toLowerCase()) ? '[redacted]' : text
  }
  return kept
}

function keptValue(value: string): string {
  return storableText(value.slice(0, headersMax.valueLength))
}
