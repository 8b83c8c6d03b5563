import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { webhookProblem } from '../kit/crypto/standard-webhooks.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import { StartError } from '../kit/start-error.ts'

const help = `
  npm run listen -- [options]

  Shows the webhooks that come to this machine, and hands them on to your app. For development.

  --forward <url>     Hand each event on to this URL, its bytes and headers as they came, and answer what your app
                      answers (502 when it cannot be reached). Without it: 204.
  --key <api key>     Add the listener to an account's webhook endpoints, and remove it at the end. No other endpoint
                      of the account is touched. The key needs the scope "manage".
  --url <url>         The Hermod of that key; http://127.0.0.1:3000 when absent.
  --secret <whsec_…>  Verify signatures; refuse what is not signed with it (401). With --key: sign with this one,
                      so that your app can keep it; when absent a new one is made and shown.
  --port <number>     Listen on this port; a free one when absent.
  --host <address>    Listen on this address; 127.0.0.1 when absent.
  --public-url <url>  Where Hermod reaches the listener, when that is not its address here: from a container, say.
  --json              Each event as a line of JSON, with its headers, in place of a readable one.

  Hermod calls addresses of this machine only where its operator allows it: OUTBOUND_ALLOW_CIDRS=127.0.0.0/8.
  The Hermod of npm run quickstart does.
`

interface Options {
  forward: URL | null
  key: string | null
  url: string
  secret: string | null
  port: number
  host: string
  publicUrl: string | null
  json: boolean
}

/** `npm run listen`: a webhook endpoint for development, until Ctrl-C. */
async function listen(): Promise<{ stop(): Promise<void> }> {
  const options = readOptions()
  const stage = { options, secret: options.secret }
  const server = createServer((request, response) => {
    take(stage, request, response).catch(() => response.destroy())
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

function readOptions(): Options {
  const { values } = parse()
  if (values.help === true) {
    process.stdout.write(`${help}\n`)
    process.exit(0)
  }
  const forward = values.forward === undefined ? null : httpUrl('--forward', values.forward)
  const port = Number(values.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new StartError('--port must be 0 to 65535.')
  if (values.secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(values.secret)) {
    throw new StartError('--secret must be whsec_ and 24 to 64 bytes in base64, as the API showed it.')
  }
  const { href } = httpUrl('--url', values.url ?? 'http://127.0.0.1:3000')
  return {
    forward,
    key: values.key ?? null,
    url: href.replace(/\/+$/, ''),
    secret: values.secret ?? null,
    port,
    host: values.host ?? '127.0.0.1',
    publicUrl: values['public-url'] === undefined ? null : httpUrl('--public-url', values['public-url']).href,
    json: values.json ?? false,
  }
}

function parse() {
  try {
    const text = { type: 'string' } as const
    const yes = { type: 'boolean' } as const
    return parseArgs({
      options: {
        forward: text,
        key: text,
        url: text,
        secret: text,
        port: text,
        host: text,
        'public-url': text,
        json: yes,
        help: yes,
      },
    })
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n${help}`)
  }
}

function httpUrl(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new StartError(`${flag} must be a URL such as http://localhost:4000`)
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

async function take(
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

const event = z.object({
  type: z.string().optional(),
  event: z.string().optional(),
  data: z.record(z.string(), z.unknown()).default({}),
})

/** One line about an event for people: its type, its subject and its result. */
function lineOf(seen: {
  body: string
  id: string
  verdict: string | null
  status: number
  latencyMs: number
  isForwarded: boolean
}): string {
  const { data: known } = event.safeParse(jsonOf(seen.body))
  const facts = [
    'status',
    'messageId',
    'from',
    'to',
    'errorCode',
    'errorMessage',
    'endpointId',
    'name',
  ].flatMap((name) => {
    const value = known?.data[name]
    return typeof value === 'string' ? [`${name} ${value}`] : []
  })
  const verdict = seen.verdict === 'ok' ? 'signature OK' : `SIGNATURE WRONG: ${seen.verdict}`
  const parts = [
    new Date().toISOString().slice(11, 23),
    (known?.type ?? known?.event ?? 'no event').padEnd(24),
    ...facts,
    `webhook-id ${seen.id}`,
    ...(seen.verdict === null ? [] : [verdict]),
    seen.isForwarded ? `-> ${seen.status} in ${seen.latencyMs} ms` : `-> ${seen.status}`,
  ]
  // Text from strangers must not control the terminal.
  return parts.join('  ').replaceAll(/\p{Cc}/gu, '�')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
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
await runUntilStopped(listen, ['SIGTERM', 'SIGINT', 'SIGHUP'])
