import { Gauge, type Registry } from 'prom-client'
import type { Context } from '../../context.ts'
import {
  countEndpointBreakers,
  countSenderBreakers,
  readDeliveryBacklog,
  readMessageBacklog,
  type Backlog,
  type BreakerCounts,
} from '../../db/stores/operations/backlog.ts'
import { lanes, type Lane } from '../../domain/messages/message.ts'
import { createCache } from '../../kit/cache.ts'

/** Waiting rows are counted up to here: beyond it, a metric need not be exact and must stay cheap. */
const backlogMax = 100_000
/** Scrapers that come together share one look at the database. */
const backlogTrustMs = 2_000

/** Gauges of what waits in the database; what it returns reads them anew. */
export function registerBacklog(ctx: Context, registers: Registry[]): () => Promise<void> {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  const up = gauge('hermod_database_up', 'Whether Postgres answered; else what waits is not known.')
  const messages = gauge('hermod_queue_messages', `Messages to be handed over, up to ${backlogMax}.`, [
    'lane',
  ])
  const messageSeconds = gauge('hermod_queue_oldest_seconds', 'How long the oldest of them is due.', ['lane'])
  const deliveries = gauge('hermod_webhook_queue_deliveries', `Webhooks on their way, up to ${backlogMax}.`)
  const deliverySeconds = gauge('hermod_webhook_queue_oldest_seconds', 'The age of the oldest of them.')
  const senderBreakers = gauge(
    'hermod_session_breakers',
    'Senders that are paused, or probing whether they may go on.',
    ['state'],
  )
  const endpointBreakers = gauge(
    'hermod_webhook_breakers',
    'Webhook endpoints that are left alone for a while, or being probed.',
    ['state'],
  )
  const backlog = createCache({ ttlMs: backlogTrustMs, entriesMax: 1, load: () => readBacklog(ctx) })
  return async () => {
    const found = await backlog.get('').catch(() => null)
    up.set(found === null ? 0 : 1)
    for (const lane of lanes) {
      const inLane = found?.messages.get(lane) ?? nothing
      messages.set({ lane }, found === null ? NaN : inLane.count)
      messageSeconds.set({ lane }, found === null ? NaN : inLane.oldestSeconds)
    }
    for (const state of ['open', 'half_open'] as const) {
      senderBreakers.set({ state }, found?.senderBreakers[state] ?? NaN)
      endpointBreakers.set({ state }, found?.endpointBreakers[state] ?? NaN)
    }
    deliveries.set(found?.deliveries.count ?? NaN)
    deliverySeconds.set(found?.deliveries.oldestSeconds ?? NaN)
  }
}

const nothing: Backlog = { count: 0, oldestSeconds: 0 }

interface Backlogs {
  messages: Map<Lane, Backlog>
  deliveries: Backlog
  senderBreakers: BreakerCounts
  endpointBreakers: BreakerCounts
}

async function readBacklog(ctx: Context): Promise<Backlogs> {
  const [messages, deliveries, senderBreakers, endpointBreakers] = await Promise.all([
    readMessageBacklog(ctx.db, backlogMax),
    readDeliveryBacklog(ctx.db, backlogMax),
    countSenderBreakers(ctx.db),
    countEndpointBreakers(ctx.db),
  ])
  return { messages, deliveries, senderBreakers, endpointBreakers }
}
