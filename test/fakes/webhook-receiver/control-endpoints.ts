import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { answerJson, isLoopback, readBody } from '../http.ts'
import type { Delivery } from './deliveries.ts'
import { type Reply, reply } from './reply.ts'
import type { WebhookReceiver } from './server.ts'

const secret = z.strictObject({ secret: z.string().nullable(), path: z.string().optional() })

/** Replies in turn: `times` deliveries (all, when absent) on `path` (any, when absent) get this one. */
const script = z.array(reply.extend({ path: z.string().optional(), times: z.int().min(1).optional() }))

type Handler = (receiver: WebhookReceiver, body: unknown, query: URLSearchParams) => unknown

const handlers: Record<string, Handler> = {
  'GET stats': (receiver) => ({
    deliveries: receiver.deliveries.length,
    verified: receiver.deliveries.filter((one) => one.verified).length,
    distinct: receiver.groups().size,
    inconsistent: receiver.inconsistent(),
  }),
  'GET deliveries': (receiver, _body, query) => {
    const after = Number(query.get('after') ?? 0)
    const id = query.get('id')
    const wanted = id === null ? receiver.deliveries : (receiver.groups().get(id) ?? [])
    return { deliveries: wanted.slice(after, after + Number(query.get('limit') ?? 1_000)) }
  },
  'POST secret': (receiver, body) => {
    const given = secret.parse(body)
    receiver.setSecret(given.secret, given.path)
  },
  'POST respond': (receiver, body) => receiver.respond(follow(script.parse(body))),
  'POST reset': (receiver) => receiver.clear(),
}

/** The control of a receiver in a process of its own, under `/__control/`, as JSON, for this machine only. */
export async function serveControl(
  receiver: WebhookReceiver,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopback(request)) return answerJson(response, 403, { error: 'loopback only' })
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const handler = handlers[`${request.method ?? ''} ${url.pathname.slice('/__control/'.length)}`]
  if (!handler) return answerJson(response, 404, { error: 'no such control', known: Object.keys(handlers) })
  try {
    const bytes = await readBody(request)
    const body: unknown = bytes.length === 0 ? undefined : JSON.parse(bytes.toString())
    answerJson(response, 200, handler(receiver, body, url.searchParams) ?? { ok: true })
  } catch (error) {
    answerJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}

function follow(steps: z.infer<typeof script>): (delivery: Delivery) => Reply | null {
  const used = steps.map(() => 0)
  return (delivery) => {
    for (const [index, { path, times, ...wanted }] of steps.entries()) {
      const count = used[index] ?? 0
      if ((path ?? delivery.path) !== delivery.path || count >= (times ?? Infinity)) continue
      used[index] = count + 1
      return wanted
    }
    return null
  }
}
