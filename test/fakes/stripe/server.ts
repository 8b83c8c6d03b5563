import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Stripe } from 'stripe'
import { answerJson, closeServer, listen, readBody, type Json } from '../http.ts'
import { parseForm } from './form.ts'
import { findRoute } from './routes.ts'
import { createState, StripeRefusal, subscriptionView, type StripeState } from './state.ts'

export interface StripeOptions {
  secretKey: string
  webhookSecret: string
  /** Prices that exist. */
  prices: readonly string[]
}

/** How Stripe is doing. `away` cuts connections, `failing` answers 500, `busy` 429. */
type Mood = 'well' | 'away' | 'failing' | 'busy'

/** An event as Stripe posts it. */
export interface StripeDelivery {
  body: string
  signature: string
}

/** A stand-in for Stripe: the little of its API that the service speaks, and what a test does to it. */
export interface FakeStripe {
  url: string
  state: StripeState
  /** `METHOD /path` of every request, in order. */
  readonly requests: readonly string[]
  be(mood: Mood): void
  /** The buyer pays a checkout: a subscription begins. Returns its id. */
  pay(checkoutUrl: string): string
  /** The buyer pays a checkout of a single payment. Returns the payment's id. */
  payOnce(checkoutUrl: string): string
  /** Gives so much of a payment back. */
  refund(paymentIntent: string, amount: number): void
  /** The buyer's bank disputes a payment; the status of the dispute then changes by the same call. */
  dispute(paymentIntent: string, status: string): void
  /** Changes a subscription, as Stripe or the portal would. */
  change(subscriptionId: string, change: { status?: string; price?: string }): void
  /** An event about a subscription, signed with Stripe's own helper. `at`: seconds since 1970. */
  event(type: string, object: Json, options?: { id?: string; secret?: string; at?: number }): StripeDelivery
  /** What an event about a subscription tells, as it is now. */
  tell(subscriptionId: string): Json
  close(): Promise<void>
}

/** Starts the stand-in. It knows one key and refuses all others, as Stripe does. */
export async function startStripe(options: StripeOptions): Promise<FakeStripe> {
  const state = createState(options.prices)
  const answered = new Map<string, { asked: string; answer: Json }>()
  const requests: string[] = []
  let mood: Mood = 'well'
  let events = 0
  let seconds = 1_760_000_000

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request)).toString('utf8')
    const { pathname, search } = new URL(request.url ?? '/', url)
    requests.push(`${request.method} ${pathname}`)
    if (mood === 'away') return void request.socket.destroy()
    try {
      answerJson(response, 200, perform(request, pathname, `${body}${search.replace('?', '&')}`))
    } catch (error) {
      if (!(error instanceof StripeRefusal)) throw error
      answerJson(response, error.status, { error: error.error })
    }
  }

  function perform(request: IncomingMessage, path: string, text: string): Json {
    assertWell(mood)
    if (request.headers.authorization !== `Bearer ${options.secretKey}`) throw wrongKey(request)
    const found = findRoute(request.method ?? '', path)
    if (found === null) {
      throw new StripeRefusal(404, { type: 'invalid_request_error', message: `Unrecognized URL: ${path}` })
    }
    const key = request.headers['idempotency-key']
    const asked = `${path} ${text}`
    const before = typeof key === 'string' ? answered.get(key) : undefined
    if (before !== undefined && before.asked !== asked) {
      throw new StripeRefusal(400, { type: 'idempotency_error', message: 'Keys are for one request each.' })
    }
    if (before !== undefined) return before.answer
    const answer = found.route(state, { id: found.id, form: parseForm(text), host: url })
    if (typeof key === 'string' && request.method === 'POST') answered.set(key, { asked, answer })
    return answer
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => request.socket.destroy())
  })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${port}`
  const subscription = (id: string) => {
    const found = state.subscriptions.get(id)
    if (found === undefined) throw new Error(`there is no subscription ${id}`)
    return found
  }
  const checkoutAt = (checkoutUrl: string) => {
    const checkout = state.checkouts.get(checkoutUrl.split('/').at(-1) ?? '')
    if (checkout === undefined) throw new Error(`there is no checkout ${checkoutUrl}`)
    return checkout
  }
  return {
    url,
    state,
    requests,
    be: (next) => void (mood = next),
    pay(checkoutUrl) {
      const { customer, price } = checkoutAt(checkoutUrl)
      if (price === null) throw new Error(`${checkoutUrl} sells no subscription`)
      const id = state.newId('sub')
      state.subscriptions.set(id, { id, customer, price, status: 'active', created: (seconds += 1) })
      return id
    },
    payOnce(checkoutUrl) {
      const checkout = checkoutAt(checkoutUrl)
      if (checkout.payment === null) throw new Error(`${checkoutUrl} is no single payment`)
      const paymentIntent = state.newId('pi')
      const id = state.newId('ch')
      state.charges.set(id, { id, paymentIntent, amount: checkout.payment.amount, refunded: 0 })
      checkout.payment.status = 'paid'
      checkout.paymentIntent = paymentIntent
      return paymentIntent
    },
    refund(paymentIntent, amount) {
      const charge = [...state.charges.values()].find((one) => one.paymentIntent === paymentIntent)
      if (charge === undefined) throw new Error(`there is no payment ${paymentIntent}`)
      charge.refunded += amount
    },
    dispute: (paymentIntent, status) =>
      void state.disputes.set(`dp_${paymentIntent}`, { id: `dp_${paymentIntent}`, paymentIntent, status }),
    change: (id, change) => void Object.assign(subscription(id), change),
    event(type, object, { id = `evt_fake${(events += 1)}`, secret = options.webhookSecret, at } = {}) {
      const body = JSON.stringify({ id, object: 'event', type, created: seconds, data: { object } })
      const timestamp = at === undefined ? {} : { timestamp: at }
      const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, ...timestamp })
      return { body, signature }
    },
    tell: (id) => subscriptionView(subscription(id)),
    close: () => closeServer(server),
  }
}

function assertWell(mood: Mood): void {
  if (mood === 'failing') throw new StripeRefusal(500, { type: 'api_error', message: 'An error occurred.' })
  if (mood === 'busy') {
    throw new StripeRefusal(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many.' })
  }
}

/** Stripe quotes a part of the key. */
function wrongKey(request: IncomingMessage): StripeRefusal {
  const shown = (request.headers.authorization ?? '').replace('Bearer ', '')
  const message = `Invalid API Key provided: ${shown.slice(0, 8)}*****${shown.slice(-4)}`
  return new StripeRefusal(401, { type: 'invalid_request_error', message })
}
