import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { perContext, type Context } from '../../context.ts'
import type { Transition } from '../../db/stores/messages/transition.ts'
import { lanes, type Lane } from '../../domain/messages/message.ts'
import type { Status } from '../../domain/messages/status.ts'
import { registerBacklog } from './backlog.ts'

// The front door of the room: the counters of a process. The other file: `backlog` measures what waits in the database.

const latencySeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]
const delaySeconds = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200, 100_000]

/** The counters of one process. Those of a whole installation are the sums over its processes. */
export interface Metrics {
  registry: Registry
  /** To be called before the registry is read. */
  lookAtBacklog(): Promise<void>
  accepted: Counter<'lane'>
  sent: Counter
  failed: Counter<'reason'>
  providerSeconds: Histogram<'provider' | 'outcome'>
  webhookDelaySeconds: Histogram
  webhookAttempts: Counter<'outcome'>
  callbackItems: Counter<'kind' | 'outcome'>
  requestSeconds: Histogram<'method' | 'route' | 'status'>
  deviceStates: Counter<'state'>
  devicesConnected: Gauge
}

/** The metrics of this process, or null where nobody can read them. */
export const metrics = perContext((ctx: Context): Metrics | null => {
  const { token, port } = ctx.config.metrics
  return token === null && port === null ? null : createMetrics(ctx)
})

function createMetrics(ctx: Context): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const histogram = <Label extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[] = [],
  ) => new Histogram({ name, help, buckets, labelNames, registers })
  return {
    registry,
    lookAtBacklog: registerBacklog(ctx, registers),
    accepted: counter('hermod_messages_accepted_total', 'Messages stored and promised.', ['lane']),
    sent: counter('hermod_messages_sent_total', 'Messages that a provider took.'),
    failed: counter('hermod_messages_failed_total', 'Messages that failed or expired, by why.', ['reason']),
    providerSeconds: histogram(
      'hermod_provider_request_duration_seconds',
      'How long providers took to answer a send.',
      latencySeconds,
      ['provider', 'outcome'],
    ),
    webhookDelaySeconds: histogram(
      'hermod_webhook_delay_seconds',
      'From an event until its webhook was delivered, retries included.',
      delaySeconds,
    ),
    webhookAttempts: counter('hermod_webhook_attempts_total', 'Attempts to deliver a webhook.', ['outcome']),
    callbackItems: counter(
      'hermod_callback_items_total',
      'Receipts, messages and news in callbacks, by what became of them.',
      ['kind', 'outcome'],
    ),
    requestSeconds: histogram(
      'hermod_http_request_duration_seconds',
      'How long the API took to answer.',
      latencySeconds,
      ['method', 'route', 'status'],
    ),
    deviceStates: counter('hermod_device_states_total', 'States that linked devices came to.', ['state']),
    devicesConnected: new Gauge({
      name: 'hermod_devices_connected',
      help: 'Linked devices that are connected in this process.',
      registers,
    }),
  }
}

/** Counts messages that were just stored. */
export function countAccepted(ctx: Context, messages: { lane: Lane }[]): void {
  const accepted = metrics(ctx)?.accepted
  if (accepted === undefined) return
  for (const lane of lanes) {
    const count = messages.filter((message) => message.lane === lane).length
    if (count > 0) accepted.inc({ lane }, count)
  }
}

/** Counts items of callbacks by what became of them. */
export function countCallbackItems(ctx: Context, kind: string, outcome: string, count: number): void {
  if (count > 0) metrics(ctx)?.callbackItems.inc({ kind, outcome }, count)
}

const handedOver: ReadonlySet<Status> = new Set<Status>(['sent', 'delivered', 'read'])
const givenUp: ReadonlySet<Status> = new Set<Status>(['failed', 'expired'])

/** Counts the results of transitions that were just written: a message is sent once, and fails as often as it fails. */
export function countTransitions(ctx: Context, transitions: Iterable<Transition>): void {
  const counters = metrics(ctx)
  if (counters === null) return
  for (const { before, after } of transitions) {
    if (before.status === after.status) continue
    if (givenUp.has(after.status)) counters.failed.inc({ reason: after.errorCode ?? after.status })
    const isNew = before.sentAt === null && !handedOver.has(before.status)
    if (isNew && handedOver.has(after.status)) counters.sent.inc()
  }
}

/** All metrics in Prometheus' text format; null where there are none. */
export async function readMetrics(ctx: Context): Promise<{ contentType: string; text: string } | null> {
  const found = metrics(ctx)
  if (found === null) return null
  await found.lookAtBacklog()
  return { contentType: found.registry.contentType, text: await found.registry.metrics() }
}
