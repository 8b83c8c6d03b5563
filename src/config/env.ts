import { existsSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { parsePack } from '../domain/billing/credit-pack.ts'
import { creditsModes } from '../domain/billing/credits.ts'
import { planNames } from '../domain/accounts/plan.ts'
import { partDatabaseUrl, problemOfDatabaseUrl } from './database-url.ts'

/** Thrown when a variable has a value that cannot be used; the message names each one and says what to change. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)

const url = (protocols: string[], example: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL such as ${example}`,
    abort: true,
  })

/** Stops at the first fault, so that what is checked next has a URL before it. */
const databaseUrl = z.string().check((ctx) => {
  const problem = problemOfDatabaseUrl(ctx.value)
  if (problem !== null) ctx.issues.push({ code: 'custom', message: problem, input: '', continue: false })
})

const choice = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, { error: `must be one of: ${values.join(', ')}` })

const secretKeys = z
  .string()
  .transform((value) => value.split(',').map((part) => Buffer.from(part.trim(), 'base64')))
  .refine(
    (keys) => keys.every((key) => key.length === 32),
    'must be 32 bytes in base64, several separated by commas (the first one encrypts); ' +
      'make one with: openssl rand -base64 32',
  )

const cidrs = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .refine(
    (list) => list.every((cidr) => ipaddr.isValidCIDR(cidr)),
    'must be CIDR blocks separated by commas, such as 10.0.0.0/8,fd00::/8',
  )

const creditPacks = z
  .string()
  .transform((value) => value.split(',').map(parsePack))
  .refine(
    (packs) => packs.every((pack) => pack !== null),
    'must be packs as credits:price:currency separated by commas, such as 500:99.00:ZAR,2500:399.00:ZAR',
  )
  .transform((packs) => packs.filter((pack) => pack !== null))
  .refine(
    (packs) => new Set(packs.map(({ credits }) => credits)).size === packs.length,
    'must not have two packs of as many credits: a buyer chooses one by its credits',
  )

const stripePrice = z.string().regex(/^price_\w+$/, 'must be the id of a recurring Stripe price, price_...')

/** Every variable that is read, as text from the environment; the defaults stand in config.ts. */
const variables = z.object({
  HOST: z.string().optional(),
  PORT: integer(0, 65_535).optional(),
  SURFACES: z
    .string()
    .transform((value) =>
      value === 'all' ? value : value === 'none' ? [] : value.split(',').map((part) => part.trim()),
    )
    .optional(),
  DATA_DIR: z.string().optional(),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_DIRECT_URL: databaseUrl
    .refine((value) => partDatabaseUrl(value).schema === 'public', {
      error: 'has a schema: that of DATABASE_URL counts, remove it',
    })
    .optional(),
  DATABASE_POOL_MAX: integer(2, 500).optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://localhost:6379').optional(),
  ROLE: choice('api', 'worker', 'all').optional(),
  LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').optional(),
  PUBLIC_URL: url(['http:', 'https:'], 'https://hermod.example.com')
    .refine((value) => {
      const { search, hash, username, password } = new URL(value)
      return `${search}${hash}${username}${password}` === ''
    }, 'must be a URL without a query, a fragment or a password')
    .optional(),
  SECRETS_KEY: secretKeys.optional(),
  REGISTRATION: choice('open', 'token', 'closed').optional(),
  REGISTRATIONS_PER_MINUTE: integer(1, 100_000).optional(),
  REGISTRATION_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  META_GRAPH_URL: url(['http:', 'https:'], 'https://graph.facebook.com').optional(),
  META_GRAPH_VERSION: z
    .string()
    .regex(/^v\d{1,3}\.\d$/, 'must look like v23.0')
    .optional(),
  META_APP_SECRET: z.string().min(8, 'must be the app secret of your Meta app').optional(),
  META_VERIFY_TOKEN: z.string().min(8, 'must have at least 8 characters').optional(),
  WHATSAPP_WEB_URL: url(['ws:', 'wss:'], 'wss://web.whatsapp.com/ws/chat').optional(),
  WHATSAPP_WEB_ROOT_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be a public key of 32 bytes in hex')
    .transform((value) => Buffer.from(value, 'hex'))
    .optional(),
  WHATSAPP_WEB_VERSION: z
    .string()
    .regex(/^\d{1,4}\.\d{1,6}\.\d{1,12}$/, 'must look like 2.3000.1043857760')
    .transform((value): [number, number, number] => {
      const [major = 0, minor = 0, build = 0] = value.split('.').map(Number)
      return [major, minor, build]
    })
    .optional(),
  CLOUD_RATE_PER_SECOND: integer(1, 100_000).optional(),
  DEFAULT_PLAN: choice(...planNames).optional(),
  CREDITS: choice(...creditsModes).optional(),
  CREDITS_START: integer(0, 1_000_000_000).optional(),
  CREDIT_PACKS: creditPacks.optional(),
  SALES_CONTACT: z.string().max(256).optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_[A-Za-z0-9_]{8,}$/, 'must be a secret or restricted key of Stripe, such as sk_live_...')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_\S{8,}$/, 'must be the signing secret of your Stripe webhook endpoint, whsec_...')
    .optional(),
  STRIPE_PRICE_BASIC: stripePrice.optional(),
  STRIPE_PRICE_PRO: stripePrice.optional(),
  STRIPE_API_URL: url(['http:', 'https:'], 'https://api.stripe.com').optional(),
  FFMPEG_PATH: z.string().optional(),
  CONVERSION_TIMEOUT_SECONDS: integer(1, 3_600).optional(),
  OUTBOUND_ALLOW_CIDRS: cidrs.optional(),
  OUTBOUND_ALLOW_HTTP: choice('true', 'false').optional(),
  OUTBOUND_PROXY_URL: url(['http:', 'https:'], 'http://proxy.internal:3128').optional(),
  OUTBOUND_PROXY_DNS: choice('hermod', 'proxy').optional(),
  SEND_TIMEOUT_SECONDS: integer(1, 120).optional(),
  SEND_LEASE_SECONDS: integer(2, 600).optional(),
  UNKNOWN_SETTLE_SECONDS: integer(1, 3_600).optional(),
  MESSAGE_TTL_SECONDS: integer(1, 30 * 24 * 3_600).optional(),
  MESSAGES_PER_DAY: integer(1, 1_000_000_000).optional(),
  MAX_BULK_MESSAGES: integer(1, 10_000).optional(),
  TRUST_PROXY: z
    .string()
    .transform((value) => (value === 'true' ? true : value.split(',').map((part) => part.trim())))
    .refine(
      (value) => value === true || value.every((part) => ipaddr.isValid(part) || ipaddr.isValidCIDR(part)),
      'must be true, or the addresses or CIDR blocks of your proxies separated by commas',
    )
    .optional(),
  WEBHOOK_TIMEOUT_SECONDS: integer(1, 60).optional(),
  WEBHOOK_RETRY_SECONDS: z
    .string()
    .regex(/^\d{1,6}(,\d{1,6}){0,23}$/, 'must be the waits between attempts in seconds, such as 5,300,1800')
    .transform((value) => value.split(',').map(Number))
    .optional(),
  WEBHOOK_LOG_DAYS: integer(1, 3_650).optional(),
  RETENTION_DAYS: integer(1, 3_650).optional(),
  SHUTDOWN_TIMEOUT_SECONDS: integer(1, 300).optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  METRICS_PORT: integer(0, 65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:'], 'http://localhost:4318').optional(),
  OTEL_SERVICE_NAME: z.string().max(255).optional(),
})

/** The checked variables; those that are absent or empty are undefined. */
export type Env = z.infer<typeof variables>

/**
 * Reads the environment, after a `.env` file in the working directory if there is one (what is set already wins).
 * The only reader of `process.env`. Throws `ConfigError`.
 */
export function readEnv(): Env {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return parseEnv(process.env)
}

/** Checks a set of variables; empty ones count as absent. Throws `ConfigError`. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  )
  const result = variables.safeParse(given)
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
}
