import path from 'node:path'
import type { CreditPack } from '../domain/billing/credit-pack.ts'
import type { CreditsMode } from '../domain/billing/credits.ts'
import { partDatabaseUrl } from './database-url.ts'
import { ConfigError, type Env } from './env.ts'
import { readSecretsFile } from './secrets-file.ts'
import { registrationFrom, type RegistrationSettings } from './registration.ts'
import { withoutTrailingSlashes } from '../kit/net/trailing-slashes.ts'

const defaultHost = '127.0.0.1'

export type Role = 'api' | 'worker' | 'all'

/** Everything that can be set, checked and frozen. Durations carry their unit in their name. */
export interface Config {
  role: Role
  http: {
    host: string
    port: number
    publicUrl: string | null
    bodyBytesMax: number
    trustProxy: boolean | string[]
    /** How long a request that waits for a provider's word may take to be answered. */
    answerWithinMs: number
  }
  /** Which of the other systems' APIs are spoken, by name. */
  surfaces: 'all' | readonly string[]
  /** Where the embedded Postgres and generated secrets live. */
  dataDir: string
  /**
   * Null `url`: the embedded Postgres. `directUrl`: the way past a pooler. Everything is in one schema; `poolMax` bounds
   * all connections of the process.
   */
  database: { url: string | null; directUrl: string | null; schema: string; poolMax: number }
  /** Null: the queue and the pace live in Postgres. */
  redisUrl: string | null
  logLevel: string
  secretsKeys: readonly Buffer[]
  /** The keys are those of the file in `dataDir`, where more may come while the service runs. */
  secretsInFile: boolean
  registration: RegistrationSettings
  credits: CreditsMode
  /** The credits of a new account. */
  creditsStart: number
  /** Credits that are for sale; some only where Stripe is set up. */
  creditPacks: readonly CreditPack[]
  /** Whom to ask for a plan that is not sold by itself. */
  salesContact: string | null
  /** Null: nothing is sold here. */
  stripe: {
    secretKey: string
    webhookSecret: string
    /** The price of each plan that is for sale. */
    prices: Record<'basic' | 'pro', string | null>
    apiUrl: string
  } | null
  meta: {
    graphUrl: string
    graphVersion: string
    appSecret: string | null
    verifyToken: string | null
  }
  /** Linked devices. Null: the library's own value. */
  devices: {
    webUrl: string | null
    rootKey: Buffer | null
    version: readonly [number, number, number] | null
    /** How long a process that vanished keeps its devices. */
    leaseMs: number
    /** How often leases are renewed and devices shared out. */
    renewMs: number
    /** How often a connection is asked whether it still answers, and how long it may take. */
    livenessEveryMs: number
    livenessTimeoutMs: number
    /** How long a connection is left alone after it opened. */
    settleMs: number
    /** Connections that one process opens in a second. */
    startsPerSecond: number
    /** How long a stream goes on that waits for a device to be connected. */
    streamMs: number
    /** The authority of the media hosts' certificates, in PEM; null: those that everybody trusts. */
    mediaAuthority: string | null
  }
  send: {
    cloudRatePerSecond: number
    timeoutMs: number
    leaseMs: number
    settleMs: number
    ttlSeconds: number
    connectionsMax: number
    /** Messages that an account may send in a day; null: no limit. */
    messagesPerDay: number | null
    /** Items in one request, for plans that name no number. */
    bulkItemsMax: number
  }
  webhooks: {
    timeoutMs: number
    connectTimeoutMs: number
    scheduleMs: readonly number[]
    leaseMs: number
    /** How long the breaker of an endpoint that fails stays open: at first, and at most. */
    breaker: { openMs: number; openMsMax: number }
    /** An endpoint that took nothing for so long is disabled. */
    disableAfterMs: number
    /** How long attempts are kept. */
    logDays: number
  }
  /** How files are converted. */
  media: {
    /** Null: the system's ffmpeg, or that of the optional package. */
    ffmpegPath: string | null
    /** The time that one conversion may take. */
    timeoutMs: number
  }
  outboundAllowCidrs: readonly string[]
  /** Plain http to public addresses. */
  outboundAllowHttp: boolean
  /** Null: connections go straight to their targets. */
  outboundProxy: { url: string; resolvesNames: boolean } | null
  /** Null: everything is kept. */
  retentionDays: number | null
  shutdownTimeoutMs: number
  /** With neither there are no metrics. `token`: served by the API too; `port`: by a listener of their own. */
  metrics: { token: string | null; port: number | null }
  /** Where OpenTelemetry traces go (OTLP over HTTP); null: there are none. */
  tracing: { endpoint: string; serviceName: string } | null
}

/** The schedule of webhook attempts: the first at once, then these waits (Svix's, about 27.6 hours in all). */
const webhookScheduleMs = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map((seconds) => seconds * 1_000)

/**
 * Builds the configuration from the checked environment and the role on the command line. Makes the data folder
 * and its secrets key when the embedded default needs them. Throws `ConfigError`.
 */
export function createConfig(env: Env, argv: readonly string[] = []): Config {
  const problems = contradictions(env, argv)
  if (problems.length > 0) throw new ConfigError(problems)
  const dataDir = path.resolve(env.DATA_DIR ?? '.data')
  const timeoutMs = (env.SEND_TIMEOUT_SECONDS ?? 15) * 1_000
  const webhookTimeoutMs = (env.WEBHOOK_TIMEOUT_SECONDS ?? 15) * 1_000
  return Object.freeze<Config>({
    role: roleFrom(argv) ?? env.ROLE ?? 'all',
    http: {
      host: env.HOST ?? defaultHost,
      port: env.PORT ?? 3000,
      publicUrl: env.PUBLIC_URL === undefined ? null : withoutTrailingSlashes(env.PUBLIC_URL),
      bodyBytesMax: 1_048_576,
      trustProxy: env.TRUST_PROXY ?? false,
      answerWithinMs: 20_000,
    },
    surfaces: env.SURFACES ?? 'all',
    dataDir,
    database: databaseFrom(env),
    redisUrl: env.REDIS_URL ?? null,
    logLevel: env.LOG_LEVEL ?? 'info',
    secretsKeys: env.SECRETS_KEY ?? readSecretsFile(dataDir),
    secretsInFile: env.SECRETS_KEY === undefined,
    registration: registrationFrom(env, env.HOST ?? defaultHost),
    credits: env.CREDITS ?? 'off',
    creditsStart: env.CREDITS_START ?? 0,
    creditPacks: env.CREDIT_PACKS ?? [],
    salesContact: env.SALES_CONTACT ?? null,
    stripe: stripeFrom(env),
    meta: {
      graphUrl: withoutTrailingSlashes(env.META_GRAPH_URL ?? 'https://graph.facebook.com'),
      graphVersion: env.META_GRAPH_VERSION ?? 'v23.0',
      appSecret: env.META_APP_SECRET ?? null,
      verifyToken: env.META_VERIFY_TOKEN ?? null,
    },
    devices: {
      webUrl: env.WHATSAPP_WEB_URL ?? null,
      rootKey: env.WHATSAPP_WEB_ROOT_KEY ?? null,
      version: env.WHATSAPP_WEB_VERSION ?? null,
      leaseMs: 12_000,
      renewMs: 2_000,
      livenessEveryMs: 30_000,
      livenessTimeoutMs: 10_000,
      settleMs: 1_000,
      startsPerSecond: 10,
      streamMs: 300_000,
      mediaAuthority: null,
    },
    send: {
      cloudRatePerSecond: env.CLOUD_RATE_PER_SECOND ?? 80,
      timeoutMs,
      leaseMs: (env.SEND_LEASE_SECONDS ?? 60) * 1_000,
      settleMs: (env.UNKNOWN_SETTLE_SECONDS ?? 30) * 1_000,
      ttlSeconds: env.MESSAGE_TTL_SECONDS ?? 24 * 3_600,
      connectionsMax: 512,
      messagesPerDay: env.MESSAGES_PER_DAY ?? null,
      bulkItemsMax: env.MAX_BULK_MESSAGES ?? 1_000,
    },
    webhooks: {
      timeoutMs: webhookTimeoutMs,
      connectTimeoutMs: Math.min(5_000, webhookTimeoutMs),
      scheduleMs: env.WEBHOOK_RETRY_SECONDS?.map((seconds) => seconds * 1_000) ?? webhookScheduleMs,
      leaseMs: 4 * webhookTimeoutMs,
      breaker: { openMs: 1_000, openMsMax: 300_000 },
      disableAfterMs: 5 * 24 * 3_600_000,
      logDays: env.WEBHOOK_LOG_DAYS ?? 30,
    },
    media: {
      ffmpegPath: env.FFMPEG_PATH ?? null,
      timeoutMs: (env.CONVERSION_TIMEOUT_SECONDS ?? 180) * 1_000,
    },
    outboundAllowCidrs: env.OUTBOUND_ALLOW_CIDRS ?? [],
    outboundAllowHttp: env.OUTBOUND_ALLOW_HTTP === 'true',
    outboundProxy:
      env.OUTBOUND_PROXY_URL === undefined
        ? null
        : { url: env.OUTBOUND_PROXY_URL, resolvesNames: env.OUTBOUND_PROXY_DNS === 'proxy' },
    retentionDays: env.RETENTION_DAYS ?? null,
    shutdownTimeoutMs: (env.SHUTDOWN_TIMEOUT_SECONDS ?? 20) * 1_000,
    metrics: { token: env.METRICS_TOKEN ?? null, port: env.METRICS_PORT ?? null },
    tracing:
      env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? null
        : {
            endpoint: withoutTrailingSlashes(env.OTEL_EXPORTER_OTLP_ENDPOINT),
            serviceName: env.OTEL_SERVICE_NAME ?? 'hermod',
          },
  })
}

function databaseFrom(env: Env): Config['database'] {
  const parts = env.DATABASE_URL === undefined ? null : partDatabaseUrl(env.DATABASE_URL)
  return {
    url: parts?.url ?? null,
    directUrl: env.DATABASE_DIRECT_URL ?? null,
    schema: parts?.schema ?? 'public',
    poolMax: env.DATABASE_POOL_MAX ?? 16,
  }
}

function stripeFrom(env: Env): Config['stripe'] {
  if (env.STRIPE_SECRET_KEY === undefined || env.STRIPE_WEBHOOK_SECRET === undefined) return null
  return {
    secretKey: env.STRIPE_SECRET_KEY,
    webhookSecret: env.STRIPE_WEBHOOK_SECRET,
    prices: { basic: env.STRIPE_PRICE_BASIC ?? null, pro: env.STRIPE_PRICE_PRO ?? null },
    apiUrl: env.STRIPE_API_URL ?? 'https://api.stripe.com',
  }
}

function contradictions(env: Env, argv: readonly string[]): string[] {
  const problems: string[] = []
  const [word] = argv
  if (word !== undefined && roleFrom(argv) === undefined) {
    problems.push(`the argument "${word}" is not a role: use api, worker or all`)
  }
  if (env.DATABASE_URL !== undefined && env.SECRETS_KEY === undefined) {
    problems.push(
      'SECRETS_KEY is required with DATABASE_URL, because every process must read the same secrets: ' +
        'set it to 32 bytes in base64, for instance from: openssl rand -base64 32',
    )
  }
  if (env.DATABASE_DIRECT_URL !== undefined && env.DATABASE_URL === undefined) {
    problems.push('DATABASE_DIRECT_URL leads past the pooler that DATABASE_URL names: set DATABASE_URL too')
  }
  if (env.REGISTRATION === 'token' && env.REGISTRATION_TOKEN === undefined) {
    problems.push('REGISTRATION_TOKEN is required with REGISTRATION=token: set it to a long random text')
  }
  if (env.STRIPE_SECRET_KEY !== undefined && env.STRIPE_WEBHOOK_SECRET === undefined) {
    problems.push(
      'STRIPE_WEBHOOK_SECRET is required with STRIPE_SECRET_KEY: without it nobody would learn of payments; ' +
        'make an endpoint for /billing/webhook in the Stripe dashboard and copy its signing secret',
    )
  }
  if (env.CREDIT_PACKS !== undefined && env.STRIPE_SECRET_KEY === undefined) {
    problems.push('STRIPE_SECRET_KEY is required with CREDIT_PACKS: credits are paid for through Stripe')
  }
  if (env.STRIPE_PRICE_BASIC !== undefined && env.STRIPE_PRICE_BASIC === env.STRIPE_PRICE_PRO) {
    problems.push('STRIPE_PRICE_BASIC and STRIPE_PRICE_PRO must be two prices, one for each plan')
  }
  if ((env.SEND_LEASE_SECONDS ?? 60) <= (env.SEND_TIMEOUT_SECONDS ?? 15)) {
    problems.push('SEND_LEASE_SECONDS must be longer than SEND_TIMEOUT_SECONDS')
  }
  if (env.OUTBOUND_PROXY_DNS === 'proxy' && env.OUTBOUND_PROXY_URL === undefined) {
    problems.push('OUTBOUND_PROXY_DNS says who looks names up for a proxy: set OUTBOUND_PROXY_URL too')
  }
  if (env.METRICS_PORT !== undefined && env.METRICS_PORT !== 0 && env.METRICS_PORT === (env.PORT ?? 3000)) {
    problems.push('METRICS_PORT must be another port than PORT')
  }
  return problems
}

function roleFrom([word]: readonly string[]): Role | undefined {
  return word === 'api' || word === 'worker' || word === 'all' ? word : undefined
}
