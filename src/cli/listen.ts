import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { webhookProblem } from '../kit/crypto/standard-webhooks.ts'
import { lineOf } from './listen/event-line.ts'
import { readOptions, type Options } from './listen/options.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import { StartError } from '../kit/start-error.ts'

/** `npm run listen`: a webhook endpoint for development, until Ctrl-C. */
async function listen(): Promise<{ stop(): Promise<void> }> {
  const options = readOptions()
  const stage = { options, secret: options.secret }
  const server = createServer((request, response) => {
    receive(stage, request, response).catch(() => response.destroy())
  })
  const here = await open(server, options)
  const address = options.publicUrl ?? here
  const registration = options.key === null ? null : await register({ ...options, key: options.key }, address)
  stage.secret = registration?.secret ?? options.secret
  // Standard output is for events alone.
  note('', `  Listening  ${address}`)
  if (options.forward !== null) note(`  Forward    ${options.forward.href}`)
  if (registration !== null) note(`  Endpoint   ${registration.id} at ${options.url}, until Ctrl-C`)
  if (stage.secret !== null) note(`  Secret     ${stage.secret}`)
  note('')
  return {
    async stop() {
      server.close()
      server.closeAllConnections()
      await registration?.remove()
    },
  }
}

function open(server: ReturnType<typeof createServer>, { host, port }: Options): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StartError(`Cannot listen on ${host}:${port}: ${error.message}`)),
    )
    server.listen(port, host, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}/`)
    })
  })
}

// The events

/** Hermod's are far smaller. */
const bodyBytesMax = 1_048_576

async function receive(
  { options, secret }: { options: Options; secret: string | null },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.headers['transfer-encoding'] !== undefined) return refuse(response, 411)
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) return refuse(response, 413)
  const bytes = await buffer(request)
  const { headers } = request
  const body = bytes.toString('utf8')
  const problem = secret === null ? null : webhookProblem({ headers, body, secret, now: new Date() })
  const startedMs = performance.now()
  const status = problem === null ? await answer({ forward: options.forward, request, response, bytes }) : 401
  if (problem !== null) refuse(response, 401)
  const latencyMs = Math.round(performance.now() - startedMs)
  const verdict = secret === null ? null : (problem ?? 'ok')
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ at: new Date(), headers, body, signature: verdict, status, latencyMs })}\n`
      : `${lineOf({ body, id: String(headers['webhook-id'] ?? 'none'), verdict, status, latencyMs, isForwarded: options.forward !== null })}\n`,
  )
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' }).end()
}

/** Headers that belong to a connection and not to what goes over it: RFC 9110, section 7.6.1; and the host. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
])

/** Answers with what the app answers, or 204 where there is none. Resolves with the status. */
function answer({
  forward,
  request,
  response,
  bytes,
}: {
  forward: URL | null
  request: IncomingMessage
  response: ServerResponse
  bytes: Buffer
}): Promise<number> {
  if (forward === null) {
    response.writeHead(204).end()
    return Promise.resolve(204)
  }
  const headers = Object.entries(request.headers).filter(([name]) => !ofConnection.has(name))
  const send = forward.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const way = send(
      forward,
      { method: request.method, headers: { ...Object.fromEntries(headers), 'content-length': bytes.length } },
      (theirs) => {
        const status = theirs.statusCode ?? 502
        const back = Object.entries(theirs.headers).filter(([name]) => !ofConnection.has(name))
        response.writeHead(status, Object.fromEntries(back))
        theirs.pipe(response)
        resolve(status)
      },
    )
    way.on('error', (error) => {
      note(`  ${forward.href} cannot be reached: ${error.message}`)
      if (response.headersSent) response.destroy()
      else response.writeHead(502, { 'content-type': 'text/plain' }).end('The app cannot be reached.\n')
      resolve(502)
    })
    // The caller has given up.
    response.on('close', () => way.destroy())
    way.end(bytes)
  })
}

// The endpoint at Hermod

const created = z.object({ data: z.object({ id: z.string(), secret: z.string() }) })
const refusal = z.object({
  error: z.string(),
  details: z.array(z.object({ message: z.string() })).default([]),
})

async function register(
  { url, key, secret }: { url: string; key: string; secret: string | null },
  address: string,
): Promise<{ id: string; secret: string; remove(): Promise<void> }> {
  const call = (method: string, route: string, body?: object): Promise<Response> =>
    fetch(`${url}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new StartError(`No Hermod answers at ${url}: start it, or name another with --url.`)
    })
  const wanted = { url: address, description: 'npm run listen', ...(secret !== null && { secret }) }
  const answered = await call('POST', '/webhook-endpoints', wanted)
  const body: unknown = await answered.json().catch(() => null)
  const made = created.safeParse(body)
  if (!made.success) throw new StartError(whyNot(answered.status, body))
  const { id } = made.data.data
  return {
    id,
    secret: made.data.data.secret,
    async remove() {
      const gone = await call('DELETE', `/webhook-endpoints/${id}`).catch(() => null)
      if (gone?.ok !== true)
        note(`  The endpoint ${id} could not be removed: DELETE /webhook-endpoints/${id}`)
    },
  }
}

function whyNot(status: number, body: unknown): string {
  const { data } = refusal.safeParse(body)
  const reasons = [data?.error ?? 'no reason', ...(data?.details ?? []).map(({ message }) => message)].join(
    ' ',
  )
  const hint =
    status === 400
      ? '\nFor a listener on this machine, start Hermod with OUTBOUND_ALLOW_CIDRS=127.0.0.0/8'
      : ''
  return `POST /webhook-endpoints answered ${status}: ${reasons}${hint}`
}

function note(...lines: string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`)
}

// A reader of the pipe may stop reading (`| head`).
process.stdout.on('error', () => undefined)
await runUntilStopped(listen)
