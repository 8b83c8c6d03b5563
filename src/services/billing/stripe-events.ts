import { z } from 'zod'
import type { Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'
import { applyPackEvent } from './packs.ts'
import { stripeClient, stripeSettings } from './stripe.ts'
import { applySubscriptionEvent } from './subscriptions.ts'

/**
 * Takes an event of Stripe's. It is only a wake-up: what was bought is asked of Stripe, so that events may come twice and
 * in any order. When this resolves it is committed or was none of ours. Throws `signature_invalid`, `bad_request`,
 * `not_configured` and `provider_unreachable`; Stripe tries again then.
 */
export async function receiveStripeEvent(
  ctx: Context,
  { body, signature }: { body: Buffer; signature: string },
): Promise<void> {
  const event = await verifiedEvent(ctx, body, signature)
  if (!(await applyPackEvent(ctx, event))) await applySubscriptionEvent(ctx, event)
}

const stripeId = z.string().regex(/^\w{1,255}$/)
/** An id, unless somebody asked for more of it. */
const named = z.union([stripeId, z.object({ id: stripeId }).transform(({ id }) => id)])
/** The part of an event that is read. */
const eventShape = z.object({
  id: stripeId,
  type: z.string().regex(/^[\w.]{1,255}$/),
  data: z.object({
    object: z.object({
      object: z.string().optional(),
      id: stripeId.optional(),
      customer: named.nullish(),
      payment_intent: named.nullish(),
      /** Of a checkout: what it sells. */
      mode: z.string().nullish(),
    }),
  }),
})

/** An event of Stripe's that is proven. */
export type StripeEvent = z.infer<typeof eventShape>

async function verifiedEvent(ctx: Context, body: Buffer, signature: string): Promise<StripeEvent> {
  const { webhookSecret } = stripeSettings(ctx)
  const { webhooks } = await stripeClient(ctx)
  const event = eventShape.safeParse(
    constructed(() => webhooks.constructEvent(body, signature, webhookSecret)),
  )
  if (event.success) return event.data
  throw new AppError('bad_request', 'This is no event of Stripe’s.')
}

function constructed(construct: () => unknown): unknown {
  try {
    return construct()
  } catch (error) {
    throw new AppError(
      'signature_invalid',
      'The Stripe-Signature header does not match the body, or is too old.',
      { cause: error },
    )
  }
}
