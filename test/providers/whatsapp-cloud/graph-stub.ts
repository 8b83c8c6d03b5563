import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** A request as the stub read it. */
export interface StubRequest {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

export type StubAnswer = (response: ServerResponse, request: StubRequest) => void

/** A local server that stands where Graph would, and answers as a test says. */
export interface GraphStub {
  url: string
  requests: StubRequest[]
  /** How many connections were ever opened. */
  connections(): number
  answerWith(answer: StubAnswer): void
  close(): Promise<void>
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): StubAnswer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

/** Takes every message, each under a wamid of its own. */
export const acceptAll = (): StubAnswer => {
  let count = 0
  return (response, request) =>
    json(200, {
      messaging_product: 'whatsapp',
      contacts: [{ input: '16505551234', wa_id: '16505551234' }],
      messages: [{ id: `wamid.${++count}`, message_status: 'accepted' }],
    })(response, request)
}

export async function startGraphStub(port = 0): Promise<GraphStub> {
  const requests: StubRequest[] = []
  let answer = acceptAll()
  let connections = 0
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method, url, headers } = incoming
      const request = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      requests.push(request)
      answer(response, request)
    })
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stub has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    connections: () => connections,
    answerWith: (next) => (answer = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An address where nobody listens. */
export async function closedUrl(): Promise<string> {
  const stub = await startGraphStub()
  await stub.close()
  return stub.url
}
