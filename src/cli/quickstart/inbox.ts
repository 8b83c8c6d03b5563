import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { webhookProblem } from '../../kit/crypto/standard-webhooks.ts'

/** A webhook as it came. */
export interface Arrival {
  headers: Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
  body: string
  messageId: string
  status: string
}

/** The demo's webhook listener. */
export interface Inbox {
  url: string
  arrivals: Arrival[]
  /** From now on every new arrival goes to `listener` too. */
  subscribe(listener: (arrival: Arrival) => void): void
  close(): Promise<void>
}

const statusUpdate = z.object({ data: z.object({ messageId: z.string(), status: z.string() }) })

/** The demo's own webhook listener, on a free port. */
export async function openInbox(): Promise<Inbox> {
  const arrivals: Arrival[] = []
  let listener: (arrival: Arrival) => void = () => undefined
  const server = createServer((request, response) => {
    const header = (name: string): string => String(request.headers[name] ?? '')
    void text(request)
      .then((body) => {
        const arrival: Arrival = {
          headers: {
            'webhook-id': header('webhook-id'),
            'webhook-timestamp': header('webhook-timestamp'),
            'webhook-signature': header('webhook-signature'),
          },
          body,
          ...statusUpdate.parse(JSON.parse(body)).data,
        }
        arrivals.push(arrival)
        response.writeHead(204).end()
        listener(arrival)
      })
      .catch(() => response.writeHead(400).end())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/webhook`,
    arrivals,
    subscribe(next) {
      listener = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function verdict({ headers, body }: Arrival, secret: string): string {
  const problem = webhookProblem({ headers, body, secret, now: new Date() })
  return problem === null ? 'signature OK' : `SIGNATURE WRONG: ${problem}`
}

/** One line about a webhook. */
export function webhookLine(arrival: Arrival, secret: string): string {
  return `                   webhook: ${arrival.status}, ${verdict(arrival, secret)}`
}

/** A webhook with its headers, line by line. */
export function describe(arrival: Arrival, secret: string): string[] {
  const headers = Object.entries(arrival.headers).map(([name, value]) => `${name}: ${value}`)
  const body = JSON.stringify(JSON.parse(arrival.body), null, 2).split('\n')
  return [...headers, '', ...body, '', verdict(arrival, secret)].map((line) => `    ${line}`.trimEnd())
}
