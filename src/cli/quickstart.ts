import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { createConfig, type Config } from '../config/config.ts'
import { readEnv } from '../config/env.ts'
import { StartError } from '../kit/start-error.ts'
import { call, reachable, type Api } from './quickstart/api.ts'
import { describe, openInbox, webhookLine, type Arrival, type Inbox } from './quickstart/inbox.ts'
import { wait } from '../kit/concurrency/wait.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import { startService } from '../app.ts'

/** The sandbox's number for a message that is read; docs/sandbox.md has the others. */
const recipient = '14155550100'
/** The sandbox takes three seconds; a busy machine may need more. */
const patienceMs = 60_000
const pollMs = 20

/**
 * `npm run quickstart`: starts the service, sends one message to the sandbox, shows what becomes of it, and stays
 * up. Everything goes through the HTTP API, as an app would do it.
 */
async function quickstart(stopping: AbortSignal): Promise<{ stop(): Promise<void> }> {
  const config = quickstartConfig()
  say('', '  Hermod quickstart', '', '  Starting, which takes a few seconds the first time ...', '')
  const service = await startService(config, {}, stopping)
  const inbox = await openInbox()
  const api: Api = { url: reachable(service.url ?? ''), key: null }
  async function stop(): Promise<void> {
    say('', '  Stopping ...')
    // The inbox ends with this process: nothing should be posted there afterwards.
    if (api.key !== null) await call(api, 'DELETE', '/auth/me/webhook').catch(() => undefined)
    await service.stop()
    await inbox.close()
    say('  Stopped. The data stays, and the next start goes on from it.', '')
  }
  try {
    await perform(config, api, inbox, stopping)
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The service as it is configured, but quiet, whole, and allowed to call an inbox on this machine. */
function quickstartConfig(): Config {
  const env = readEnv()
  const config = createConfig(env)
  return {
    ...config,
    role: 'all',
    logLevel: env.LOG_LEVEL ?? 'warn',
    outboundAllowCidrs: [...config.outboundAllowCidrs, '127.0.0.0/8', '::1/128'],
  }
}

async function perform(config: Config, api: Api, inbox: Inbox, stopping: AbortSignal): Promise<void> {
  const account = await openAccount(config, api)
  const webhook = await call(api, 'PUT', '/auth/me/webhook', { url: inbox.url })
  const { secret } = webhookSet.parse(webhook.body).data
  say(
    `  Postgres   ${config.database.url === null ? `embedded, its data in ${near(config.dataDir)}` : 'DATABASE_URL'}`,
    `  Queue      ${config.redisUrl === null ? 'in Postgres' : 'REDIS_URL'}`,
    `  API        ${api.url}`,
    `  Account    ${account}`,
    `  Webhook    ${inbox.url}, a listener of this demo`,
    '',
    '  One message to the sandbox, which plays WhatsApp and reaches nobody (times are UTC):',
    '',
  )
  const id = await sendOne(api)
  const last = await follow({ api, id, inbox, secret, stopping })
  say('', '  The last webhook as it arrived:', '', ...describe(last, secret), '', ...farewell(api))
  inbox.subscribe((arrival) => say(webhookLine(arrival, secret)))
}

// The account

const remembered = z.object({ apiKey: z.string() })
const registered = z.object({ data: z.object({ apiKey: z.string() }) })
const webhookSet = z.object({ data: z.object({ secret: z.string() }) })

/** Makes the demo account, or takes the one of last time. Returns what to say of it. */
async function openAccount(config: Config, api: Api): Promise<string> {
  const file = path.join(config.dataDir, 'demo.json')
  const known = remembered.safeParse(await readJson(file))
  if (known.success) {
    api.key = known.data.apiKey
    const me = await call(api, 'GET', '/auth/me', undefined, [200, 401])
    if (me.status === 200) return `the demo account of last time, its key in ${near(file)}`
    // The key is of another database than this one.
    api.key = null
  }
  if (config.registration.mode === 'closed') {
    throw new StartError(
      'The demo needs an account: set REGISTRATION=open for the quickstart, or run npm start.',
    )
  }
  const answer = await call(
    api,
    'POST',
    '/auth/register',
    { name: 'Demo', email: 'demo@example.com' },
    [201],
    {
      ...(config.registration.token !== null && { 'x-registration-token': config.registration.token }),
    },
  )
  api.key = registered.parse(answer.body).data.apiKey
  await mkdir(config.dataDir, { recursive: true })
  await writeFile(file, `${JSON.stringify({ apiKey: api.key }, null, 2)}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
  return `a new demo account, its key in ${near(file)}`
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

// The message

const accepted = z.object({ data: z.object({ id: z.string() }) })
const message = z.object({
  data: z.object({
    status: z.string(),
    errorMessage: z.string().nullable(),
    timeline: z.array(z.object({ status: z.string(), at: z.string(), detail: z.string().optional() })),
  }),
})

async function sendOne(api: Api): Promise<string> {
  const answer = await call(
    api,
    'POST',
    '/send-message',
    { to: recipient, message: 'Hello from Hermod!', session: 'sandbox', metadata: { from: 'quickstart' } },
    [202],
  )
  const { id } = accepted.parse(answer.body).data
  say(`  POST /send-message -> 202, message ${id}`, '')
  return id
}

/** Prints every step of the message and every webhook of it, until both have come to `read`. */
async function follow(stage: {
  api: Api
  id: string
  inbox: Inbox
  secret: string
  stopping: AbortSignal
}): Promise<Arrival> {
  const { api, id, inbox, secret, stopping } = stage
  const shown = new Set<unknown>()
  const deadline = Date.now() + patienceMs
  for (;;) {
    const { data } = message.parse((await call(api, 'GET', `/messages/${id}`)).body)
    const steps = data.timeline.filter(({ status }) => !shown.has(status))
    for (const { status, at, detail } of steps) {
      shown.add(status)
      say(`  ${clock(at)}  ${status.padEnd(11)} ${detail ?? remarks[status] ?? ''}`)
    }
    const arrivals = inbox.arrivals.filter((arrival) => arrival.messageId === id && !shown.has(arrival))
    for (const arrival of arrivals) {
      shown.add(arrival)
      say(webhookLine(arrival, secret))
    }
    const last = inbox.arrivals.find((arrival) => arrival.messageId === id && arrival.status === 'read')
    if (data.status === 'read' && last !== undefined) return last
    if (stopping.aborted) throw new StartError('The quickstart was called off.')
    if (data.status === 'failed')
      throw new StartError(`The message failed: ${data.errorMessage ?? 'no reason'}`)
    if (Date.now() > deadline) {
      throw new StartError(
        `The message is ${data.status}, and its webhook for read did not come within ${patienceMs / 1_000} s. ` +
          'If another Hermod runs on the same data, stop it: it may not call this demo.',
      )
    }
    await wait(pollMs, stopping)
  }
}

const remarks: Record<string, string> = {
  queued: 'committed to Postgres: from here on it cannot be lost',
  processing: 'a worker hands it to the sandbox',
  sent: 'the sandbox took it',
  delivered: 'it is on the phone',
  read: 'it was opened',
}

function clock(at: string): string {
  return at.slice(11, 23)
}

function farewell({ url, key }: Api): string[] {
  const body = JSON.stringify({ to: recipient, message: 'Hello again!', session: 'sandbox' })
  return [
    '  It stays up. Explore the API, with Authorize and this key:',
    '',
    `    ${url}/docs`,
    `    ${key ?? ''}`,
    '',
    '  Send another message; its webhooks will show up here:',
    '',
    `    curl -sS ${url}/send-message -H 'Authorization: Bearer ${key ?? ''}' -H 'Content-Type: application/json' -d '${body}' -w '\\n'`,
    '',
    '  Ctrl-C stops it. The same service without the show: npm start',
    '',
  ]
}

/** A path as it would be typed here. */
function near(file: string): string {
  const relative = path.relative('', file)
  return relative.startsWith('../..') ? file : relative
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

// A reader of the pipe may stop reading (`| head`): that must not end the service half-way.
process.stdout.on('error', () => undefined)
await runUntilStopped(quickstart)
