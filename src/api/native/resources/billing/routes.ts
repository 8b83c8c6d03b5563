import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import type { FastifyRequest } from 'fastify'
import type { Context } from '../../../../context.ts'
import { openPortal, receiveStripeEvent, startCheckout } from '../../../../services/billing/subscriptions.ts'
import { describeCredits } from '../../../../services/billing/credits.ts'
import { callerOf } from '../../plugins/auth.ts'
import { failure, refusals } from '../../plugins/envelope.ts'
import { presentCredits } from './present.ts'
import {
  checkoutAnswer,
  checkoutBody,
  creditsAnswer,
  creditsQuery,
  portalAnswer,
  receivedAnswer,
} from './schema.ts'

const tags = ['Billing']

export function billingRoutes(ctx: Context): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/billing/credits',
      {
        config: { scope: 'read' },
        schema: {
          tags,
          summary: 'Read your credits',
          description: 'What is left, whether messages cost credits here, and how it came, the newest first.',
          querystring: creditsQuery,
          response: { 200: creditsAnswer, ...refusals(400) },
        },
      },
      async (request) => {
        const { cursor, limit } = request.query
        const page = { cursor: cursor === undefined ? null : Number(cursor), limit }
        return presentCredits(await describeCredits(ctx, callerOf(request).account.id, page))
      },
    )

    app.post(
      '/billing/checkout',
      {
        config: { scope: 'manage' },
        schema: {
          tags,
          summary: 'Subscribe to a plan',
          description:
            'Opens a Stripe checkout: send the buyer to its `url`. The plan changes once it is paid.',
          body: checkoutBody,
          response: { 200: checkoutAnswer, ...refusals(400, 409, 413, 415, 422, 501) },
        },
      },
      async (request) => {
        const { account } = callerOf(request)
        const returnUrl = returnUrlOf(ctx, request)
        const url = await startCheckout(ctx, { account, plan: request.body.plan, returnUrl })
        return { success: true as const, data: { url } }
      },
    )

    app.get(
      '/billing/portal',
      {
        config: { scope: 'manage' },
        schema: {
          tags,
          summary: 'Manage your subscription',
          description: 'Opens Stripe’s portal: plan, payment method, invoices, cancellation.',
          response: { 200: portalAnswer, ...refusals(409, 422, 501) },
        },
      },
      async (request) => {
        const { account } = callerOf(request)
        const url = await openPortal(ctx, { account, returnUrl: returnUrlOf(ctx, request) })
        return { success: true as const, data: { url } }
      },
    )
    void app.register(stripeWebhook(ctx))
    done()
  }
}

/** Where people come back to from Stripe. */
function returnUrlOf(ctx: Context, request: FastifyRequest): string {
  return `${ctx.config.http.publicUrl ?? `${request.protocol}://${request.host}`}/developers`
}

/** Where Stripe calls. The body is kept as its bytes came, because the signature covers them. */
function stripeWebhook(ctx: Context): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    app.post(
      '/billing/webhook',
      {
        config: { open: true },
        schema: {
          tags: ['Callbacks'],
          security: [],
          summary: 'Stripe’s events',
          description: 'Signed in Stripe-Signature. Those that are about no customer of ours change nothing.',
          response: {
            200: receivedAnswer,
            400: failure,
            403: failure,
            413: failure,
            501: failure,
            503: failure,
          },
        },
      },
      async (request) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const signature = String(request.headers['stripe-signature'] ?? '')
        await receiveStripeEvent(ctx, { body, signature })
        return { received: true as const }
      },
    )
    done()
  }
}
