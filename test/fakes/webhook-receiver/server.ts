import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { closeServer, listen, readBody } from '../http.ts'
import { createTimers, type Timers } from '../timers.ts'
import { serveControl } from './control-endpoints.ts'
import { createDeliveries, type Deliveries, type Delivery, problemOf } from './deliveries.ts'
import { type Reply, reply } from './reply.ts'

export const receiverOptions = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(0),
  /** The secret of every path that has none of its own. */
  secret: z.string().nullable().default(null),
  secrets: z.record(z.string(), z.string()).default({}),
  /** Refuse with 401 what is not signed well; else it is only noted. */
  verify: z.boolean().default(true),
})
export type ReceiverOptions = z.input<typeof receiverOptions>

/** A customer's webhook endpoint. */
export interface WebhookReceiver extends Pick<Deliveries, 'groups' | 'inconsistent' | 'clear'> {
  url: string
  port: number
  readonly deliveries: readonly Delivery[]
  /** Sets the secret of a path, or of all that have none of their own; endpoints learn theirs late. */
  setSecret(secret: string | null, path?: string): void
  /** Decides what each delivery gets; null goes back to 204. */
  respond(decide: ((delivery: Delivery) => Reply | null) | null): void
  /** Resolves with the first delivery, past or to come, that is wanted; rejects after `timeoutMs`. */
  waitFor(wanted: (delivery: Delivery) => boolean, timeoutMs?: number): Promise<Delivery>
  /** Ends everything at once, hanging requests too. */
  close(): Promise<void>
}

/** Starts a webhook endpoint that proves every delivery with the `standardwebhooks` package and notes it. */
export async function startWebhookReceiver(options: ReceiverOptions = {}): Promise<WebhookReceiver> {
  const settings = receiverOptions.parse(options)
  const secrets = new Map(Object.entries(settings.secrets))
  const deliveries = createDeliveries()
  const timers = createTimers()
  let fallback = settings.secret
  let decide: ((delivery: Delivery) => Reply | null) | null = null

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readBody(request)
    const path = new URL(request.url ?? '/', 'http://receiver').pathname
    const delivery = deliveryOf(request, { bytes, path, secret: secrets.get(path) ?? fallback })
    const refused: Reply = { status: 401, body: delivery.problem ?? '' }
    const wanted = settings.verify && !delivery.verified ? refused : (decide?.(delivery) ?? {})
    deliveries.add(delivery)
    perform(timers, reply.parse(wanted), { request, response })
  }

  const server = createServer((request, response) => {
    const serving = request.url?.startsWith('/__control/')
      ? serveControl(receiver, request, response)
      : take(request, response)
    serving.catch(() => request.socket.destroy())
  })
  server.keepAliveTimeout = 60_000
  const port = await listen(server, settings)
  const receiver: WebhookReceiver = {
    url: `http://${settings.host}:${port}`,
    port,
    deliveries: deliveries.all,
    groups: deliveries.groups,
    inconsistent: deliveries.inconsistent,
    clear: deliveries.clear,
    setSecret(secret, path) {
      if (path === undefined) fallback = secret
      else if (secret === null) secrets.delete(path)
      else secrets.set(path, secret)
    },
    respond: (next) => void (decide = next),
    waitFor: (wanted, timeoutMs = 10_000) => deliveries.waitFor(wanted, timeoutMs),
    close() {
      timers.close()
      return closeServer(server)
    },
  }
  return receiver
}

function deliveryOf(
  request: IncomingMessage,
  { bytes, path, secret }: { bytes: Buffer; path: string; secret: string | null },
): Delivery {
  const { headers } = request
  const body = bytes.toString('utf8')
  const problem = problemOf(bytes, headers, secret)
  return {
    at: Date.now(),
    path,
    webhookId: String(headers['webhook-id'] ?? ''),
    timestamp: String(headers['webhook-timestamp'] ?? ''),
    headers,
    body,
    payload: jsonOrNull(body),
    verified: problem === null,
    problem,
  }
}

function perform(
  timers: Timers,
  { kind, status, delayMs, headers, body }: z.infer<typeof reply>,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  if (kind === 'hang') return
  timers.after(delayMs, () => {
    if (kind === 'reset') return void request.socket.resetAndDestroy()
    response.writeHead(status, headers).end(body)
  })
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
