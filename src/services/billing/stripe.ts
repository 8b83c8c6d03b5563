import type { Stripe } from 'stripe'
import { perContext, type Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'

/** How long Stripe may take to answer; a caller waits for it. */
const timeoutMs = 10_000

/** The package is large and most installations sell nothing: it is read when it is first needed. */
const clients = perContext(async (ctx: Context): Promise<Stripe> => {
  const settings = stripeSettings(ctx)
  const { default: StripeClient } = await import('stripe')
  const { protocol, hostname, port } = new URL(settings.apiUrl)
  return new StripeClient(settings.secretKey, {
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    protocol: protocol === 'http:' ? 'http' : 'https',
    timeout: timeoutMs,
    maxNetworkRetries: 1,
    telemetry: false,
  })
})

/** How billing is set up here. Throws `not_configured` when nothing is sold. */
export function stripeSettings(ctx: Context): NonNullable<Context['config']['stripe']> {
  if (ctx.config.stripe !== null) return ctx.config.stripe
  throw new AppError(
    'not_configured',
    'Billing is not set up on this installation. Ask its operator for another plan.',
  )
}

/**
 * Asks Stripe something. Throws `not_configured` when nothing is sold here or Stripe does not accept how it is set up,
 * `provider_unreachable` while Stripe cannot answer, and `billing_refused` for what Stripe refuses.
 */
export async function askStripe<T>(ctx: Context, ask: (stripe: Stripe) => Promise<T>): Promise<T> {
  const stripe = await stripeClient(ctx)
  try {
    return await ask(stripe)
  } catch (error) {
    throw refusalFor(ctx, error)
  }
}

/** Stripe's client. Throws `not_configured`. */
export async function stripeClient(ctx: Context): Promise<Stripe> {
  stripeSettings(ctx)
  return clients(ctx)
}

const unreachable = () =>
  new AppError('provider_unreachable', 'Stripe cannot be reached right now. Try again shortly.', {
    retryAfterSeconds: 10,
  })
const misconfigured = () =>
  new AppError(
    'not_configured',
    'Stripe does not accept how billing is set up on this installation. Its operator finds the reason in the log.',
  )
const refused = () => new AppError('billing_refused', 'Stripe refused the payment. Try another way to pay.')

/** Our text for each of Stripe's errors: Stripe's own words may hold what only the operator may read. */
const refusals: Record<string, () => AppError> = {
  StripeConnectionError: unreachable,
  StripeAPIError: unreachable,
  StripeRateLimitError: unreachable,
  StripeIdempotencyError: unreachable,
  StripeAuthenticationError: misconfigured,
  StripePermissionError: misconfigured,
  StripeInvalidRequestError: misconfigured,
  StripeCardError: refused,
}

function refusalFor(ctx: Context, error: unknown): unknown {
  const type = error instanceof Error && 'type' in error ? String(error.type) : ''
  if (!type.startsWith('Stripe')) return error
  const refusal = refusals[type] ?? unreachable
  ctx.log.error({ reason: reasonOf(error), type }, 'Stripe did not do what it was asked')
  return refusal()
}

/** Stripe's words, without a key that they may quote. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\b(sk|rk|pk)_\w+/g, '$1_…')
}

/** True when Stripe says that it does not know what was named, such as a customer that was deleted there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'resource_missing'
}
