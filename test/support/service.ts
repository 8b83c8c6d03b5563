import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createConfig, type Config } from '../../src/config/config.ts'
import { parseEnv } from '../../src/config/env.ts'
import type { ContextOverrides } from '../../src/context.ts'
import { createLog } from '../../src/kit/log.ts'
import { startService, type Service } from '../../src/app.ts'
import type { GraphApiOptions } from '../fakes/graph-api/options.ts'
import { startGraphApi, type GraphApi } from '../fakes/graph-api/server.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../fakes/webhook-receiver/server.ts'
import { createTestDatabase } from './postgres.ts'

/** The service as its users meet it, on a database of its own, with the fakes it talks to. */
export interface TestService {
  service: Service
  url: string
  databaseUrl: string
  graph: GraphApi
  receiver: WebhookReceiver
  /** Sends a request; `key` is shown as bearer token, `body` goes as JSON. */
  call(method: string, route: string, options?: CallOptions): Promise<Answer>
  /** A new account's key. */
  register(): Promise<string>
  /** A new account with the fake Graph's credentials saved, and its webhook set to the receiver if asked. */
  connect(options?: { webhook?: boolean; phoneNumberId?: string; accessToken?: string }): Promise<string>
  /** Reads a message until it is as wanted; fails loudly with what it was at the end. */
  messageUntil(key: string, id: string, wanted: (message: MessageView) => boolean): Promise<MessageView>
  stop(): Promise<void>
}

export interface CallOptions {
  key?: string
  body?: unknown
  /** Sent as it stands, instead of `body`. */
  raw?: string | Buffer
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  body: any
}

export interface MessageView {
  id: string
  status: string
  timeline: { status: string; at: string; detail?: string; providerAt?: string }[]
  attempts: { attempt: number; outcome: string; code: string | null; detail: string | null }[]
  [field: string]: unknown
}

export interface TestServiceOptions {
  /** Variables beyond the usual ones of a test. */
  env?: Record<string, string>
  redisUrl?: string
  graph?: GraphApiOptions
  overrides?: ContextOverrides
  configure?(config: Config): Config
}

export const testSecretsKey = Buffer.alloc(32, 7).toString('base64')
export const testAppSecret = 'app-secret'
export const testVerifyToken = 'verify-token-of-the-test'

/** Starts the service in this process, in the role `all`, with fast settling times. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const database = await createTestDatabase()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'hermod-service-'))
  const graph = await startGraphApi(options.graph)
  const receiver = await startWebhookReceiver({ verify: false })
  const env = parseEnv({
    PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    // The run's Postgres has connections for so many services of all workers at once.
    DATABASE_POOL_MAX: '10',
    ...(options.redisUrl !== undefined && { REDIS_URL: options.redisUrl }),
    SECRETS_KEY: testSecretsKey,
    LOG_LEVEL: 'silent',
    META_GRAPH_URL: graph.url,
    META_APP_SECRET: testAppSecret,
    META_VERIFY_TOKEN: testVerifyToken,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
    CLOUD_RATE_PER_SECOND: '10000',
    SEND_TIMEOUT_SECONDS: '2',
    SEND_LEASE_SECONDS: '6',
    UNKNOWN_SETTLE_SECONDS: '2',
    REGISTRATIONS_PER_MINUTE: '100000',
    DEFAULT_PLAN: 'unlimited',
    MAX_BULK_MESSAGES: '5000',
    SHUTDOWN_TIMEOUT_SECONDS: '5',
    ...options.env,
  })
  const config = createConfig(env)
  const service = await startService(options.configure?.(config) ?? config, {
    log: createLog(config.logLevel),
    ...options.overrides,
  })
  const url = service.url ?? ''
  graph.control.configureCallbacks({ url: `${url}/webhooks/whatsapp`, appSecret: testAppSecret })

  const call: TestService['call'] = (method, route, request) => send(url, method, route, request)
  const register = async (): Promise<string> => {
    const answer = await call('POST', '/auth/register', { body: { name: 'Test', email: 'test@example.com' } })
    if (answer.status !== 201) throw new Error(`registration answered ${answer.status}`)
    return answer.body.data.apiKey
  }
  return {
    service,
    url,
    databaseUrl: database.url,
    graph,
    receiver,
    call,
    register,
    async connect({ webhook = false, phoneNumberId = '106540352242922', accessToken = 'EAAtesttoken' } = {}) {
      const key = await register()
      await call('PUT', '/auth/me/credentials', {
        key,
        body: { whatsappAccessToken: accessToken, whatsappPhoneNumberId: phoneNumberId },
      })
      if (webhook) await call('PUT', '/auth/me/webhook', { key, body: { url: `${receiver.url}/hook` } })
      return key
    },
    messageUntil: (key, id, wanted) =>
      until(
        async () => {
          const answer = await call('GET', `/messages/${id}`, { key })
          return answer.body.data
        },
        wanted,
        `message ${id}`,
      ),
    async stop() {
      await service.stop()
      await Promise.all([graph.close(), receiver.close()])
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Polls until `wanted` holds; throws with the last value seen when it does not in `withinMs`. */
export async function until<T>(
  read: () => Promise<T> | T,
  wanted: (value: T) => boolean,
  what = 'a condition',
  withinMs = 20_000,
): Promise<T> {
  const startMs = Date.now()
  for (;;) {
    const value = await read()
    if (wanted(value)) return value
    const waitedMs = Date.now() - startMs
    if (waitedMs > withinMs) throw new Error(`${what} never came true: ${JSON.stringify(value)}`)
    // Ever more seldom, because to look costs what the service needs to get there.
    const pauseMs = Math.min(Math.max(waitedMs / 10, 15), 150)
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs)
    })
  }
}

async function send(url: string, method: string, route: string, options: CallOptions = {}): Promise<Answer> {
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const response = await fetch(`${url}${route}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(options.key !== undefined && { authorization: `Bearer ${options.key}` }),
      ...options.headers,
    },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  }
}
