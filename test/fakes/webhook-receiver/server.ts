import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { z } from 'zod'
import { closeServer, listen, readBody } from '../http.ts'
import { createTimers } from '../timers.ts'
import { readCertificate, type CertificateName, certificateNames } from '../certificates/index.ts'
import { serveControl } from './control-endpoints.ts'
import { createDeliveries, type Deliveries, type Delivery, problemOf } from './deliveries.ts'
import { perform } from './perform.ts'
import { type Reply, reply } from './reply.ts'

export const receiverOptions = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(0),
  /** The secret of every path that has none of its own. */
  secret: z.string().nullable().default(null),
  secrets: z.record(z.string(), z.string()).default({}),
  /** Refuse with 401 what is not signed well; else it is only noted. */
  verify: z.boolean().default(true),
  /** Speaks https, with this certificate (see ../certificates); plain http when null. */
  certificate: z.enum(certificateNames).nullable().default(null),
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
  /** Shows another certificate to connections that are yet to come; only where it speaks https. */
  setCertificate(name: CertificateName): void
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
    perform(timers, { wanted: reply.parse(wanted), request, response })
  }

  const serve: RequestListener = (request, response) => {
    const serving = request.url?.startsWith('/__control/')
      ? serveControl(receiver, request, response)
      : take(request, response)
    serving.catch(() => request.socket.destroy())
  }
  const tlsServer =
    settings.certificate === null ? null : createTlsServer(readCertificate(settings.certificate), serve)
  const server = tlsServer ?? createServer(serve)
  server.keepAliveTimeout = 60_000
  const port = await listen(server, settings)
  const receiver: WebhookReceiver = {
    url: `${tlsServer === null ? 'http' : 'https'}://${settings.host}:${port}`,
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
    setCertificate: (name) => tlsServer?.setSecureContext(readCertificate(name)),
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

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
