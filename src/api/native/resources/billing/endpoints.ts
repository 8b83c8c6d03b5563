import type { FastifyRequest } from 'fastify'
import { baseOf } from '../../../http/base-url.ts'
import { readAsBytes } from '../../../http/body/raw-body.ts'
import { endpoint, type DocumentedByHand, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { startPackCheckout } from '../../../../services/billing/packs.ts'
import { receiveStripeEvent } from '../../../../services/billing/stripe-events.ts'
import { openPortal, startCheckout } from '../../../../services/billing/subscriptions.ts'
import { describeCredits } from '../../../../services/billing/credits.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { failure, refusals } from '../../plugins/envelope.ts'
import { presentCredits } from './present.ts'
import {
  checkoutAnswer,
  checkoutBody,
  creditsAnswer,
  creditsQuery,
  packBody,
  portalAnswer,
  receivedAnswer,
} from './schema.ts'

const tags = ['Billing']

export function billingEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/billing/credits',
        operationId: 'billing.credits',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read your credits',
          description: 'What is left, whether messages cost credits here, and how it came, the newest first.',
          querystring: creditsQuery,
          response: { 200: creditsAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const { cursor, limit } = request.query
          const page = { cursor: cursor === undefined ? null : Number(cursor), limit }
          return presentCredits(await describeCredits(ctx, callerOf(request).account.id, page))
        },
      }),

      endpoint({
        method: 'POST',
        path: '/billing/checkout',
        operationId: 'billing.checkout',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Subscribe to a plan',
          description:
            'Opens a Stripe checkout: send the buyer to its `url`. The plan changes once it is paid.',
          body: checkoutBody(ctx.config.salesContact),
          response: { 200: checkoutAnswer, ...refusals(400, 409, 413, 415, 422, 501) },
        },
        handler: async (request) => {
          const { account } = callerOf(request)
          const returnUrl = returnUrlOf(ctx, request)
          const url = await startCheckout(ctx, { account, plan: request.body.plan, returnUrl })
          return { success: true as const, data: { url } }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/billing/credits/checkout',
        operationId: 'billing.buyCredits',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Buy credits',
          description:
            'Opens a Stripe checkout for one of the packs that are for sale: send the buyer to its `url`. The credits ' +
            'are there once it is paid. The page `/billing/buy` does the same for people.',
          body: packBody,
          response: { 200: checkoutAnswer, ...refusals(400, 413, 415, 422, 501) },
        },
        handler: async (request) => {
          const { account } = callerOf(request)
          const returnUrl = `${baseOf(ctx, request)}/billing/buy`
          const url = await startPackCheckout(ctx, { account, credits: request.body.credits, returnUrl })
          return { success: true as const, data: { url } }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/billing/portal',
        operationId: 'billing.portal',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Manage your subscription',
          description: 'Opens Stripe’s portal: plan, payment method, invoices, cancellation.',
          response: { 200: portalAnswer, ...refusals(409, 422, 501) },
        },
        handler: async (request) => {
          const { account } = callerOf(request)
          const url = await openPortal(ctx, { account, returnUrl: returnUrlOf(ctx, request) })
          return { success: true as const, data: { url } }
        },
      }),
    ],
  }
}

/** Where people come back to from Stripe. */
function returnUrlOf(ctx: Context, request: FastifyRequest): string {
  return `${baseOf(ctx, request)}/developers`
}

/** The callback of Stripe. The body is kept as its bytes came, because the signature covers them. */
export function stripeEndpoints(ctx: Context): Resource {
  return {
    prepare: readAsBytes,
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/billing/webhook',
        operationId: 'callbacks.stripe',
        scope: 'open',
        document: stripeEvent(),
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
        handler: async (request) => {
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
          const signature = String(request.headers['stripe-signature'] ?? '')
          await receiveStripeEvent(ctx, { body, signature })
          return { received: true as const }
        },
      }),
    ],
  }
}

/** The parts of the document that no schema gives: the header and the body. */
function stripeEvent(): DocumentedByHand {
  const subscription = {
    id: 'sub_1MowQVLkdIwHu7ixeRlqHVzs',
    object: 'subscription',
    customer: 'cus_Na6dX7aXxi11N4',
  }
  const event = { id: 'evt_1MqqbKLt4dXK03v5qaIbiNCC', object: 'event', type: 'customer.subscription.updated' }
  return {
    parameters: [
      {
        name: 'Stripe-Signature',
        in: 'header',
        required: true,
        description: '`t=` and a time, `v1=` and the HMAC-SHA256 of time and raw body, as Stripe makes it.',
        schema: { type: 'string' },
        example: `t=1750030073,v1=${'0a'.repeat(32)}`,
      },
    ],
    requestBody: {
      required: true,
      description: 'As Stripe sends it, read as bytes: the signature covers them.',
      content: {
        'application/json': {
          schema: { type: 'object' },
          example: { ...event, data: { object: subscription } },
        },
      },
    },
  }
}
