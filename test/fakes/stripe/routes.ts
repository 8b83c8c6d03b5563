import { isJson, type Json } from '../http.ts'
import { textAt } from './form.ts'
import {
  chargeView,
  checkoutView,
  customerNamed,
  customerView,
  disputeView,
  missing,
  subscriptionView,
  StripeRefusal,
  type StripeCheckout,
  type StripeState,
} from './state.ts'

/** A request as the routes see it: the body and the query are one form. */
export interface StripeRequest {
  id: string
  form: Json
  host: string
}

type Route = (state: StripeState, request: StripeRequest) => Json

/** The part of Stripe's API that the service speaks. `:id` is a part of the path. */
export const routes: Record<string, Route> = {
  'POST /v1/customers': (state, { form }) => {
    const customer = {
      id: state.newId('cus'),
      name: textAt(form, 'name'),
      email: textAt(form, 'email'),
      accountId: textAt(form, 'metadata.accountId'),
      deleted: false,
    }
    state.customers.set(customer.id, customer)
    return customerView(customer)
  },

  'GET /v1/customers/:id': (state, { id }) => {
    const customer = state.customers.get(id)
    if (customer === undefined) throw missing(`No such customer: '${id}'`, 'id')
    return customerView(customer)
  },

  'POST /v1/checkout/sessions': (state, { form, host }) => {
    const customer = customerNamed(state, textAt(form, 'customer'), 'customer').id
    const successUrl = textAt(form, 'success_url')
    if (successUrl === null || !URL.canParse(successUrl)) throw invalid('success_url')
    const id = state.newId('cs')
    const sold = textAt(form, 'mode') === 'payment' ? singlePayment(form) : subscription(state, form)
    const checkout = { id, customer, paymentIntent: null, successUrl, url: `${host}/c/pay/${id}`, ...sold }
    state.checkouts.set(id, checkout)
    return checkoutView(checkout)
  },

  'GET /v1/checkout/sessions/:id': (state, { id }) => {
    const checkout = state.checkouts.get(id)
    if (checkout === undefined) throw missing(`No such checkout.session: ${id}`, 'id')
    return checkoutView(checkout)
  },

  'GET /v1/charges': (state, { form }) => listOf('charges', paidBy(state.charges, form).map(chargeView)),

  'GET /v1/disputes': (state, { form }) => listOf('disputes', paidBy(state.disputes, form).map(disputeView)),

  'POST /v1/billing_portal/sessions': (state, { form, host }) => {
    const customer = customerNamed(state, textAt(form, 'customer'), 'customer').id
    const id = state.newId('bps')
    const return_url = textAt(form, 'return_url')
    return { id, object: 'billing_portal.session', customer, return_url, url: `${host}/p/session/${id}` }
  },

  'GET /v1/subscriptions': (state, { form }) => {
    const customer = customerNamed(state, textAt(form, 'customer'), 'customer').id
    const status = textAt(form, 'status')
    const data = [...state.subscriptions.values()]
      .filter((one) => one.customer === customer)
      // Without the word, canceled ones are left out.
      .filter((one) => status === 'all' || one.status === (status ?? one.status))
      .filter((one) => status !== null || one.status !== 'canceled')
      .toSorted((a, b) => b.created - a.created)
    return listOf('subscriptions', data.map(subscriptionView))
  },
}

/** The payment that a checkout asks for, at a price that it names itself. */
function singlePayment(form: Json): Pick<StripeCheckout, 'price' | 'payment'> {
  const amount = Number(textAt(form, 'line_items.0.price_data.unit_amount'))
  const currency = textAt(form, 'line_items.0.price_data.currency') ?? ''
  if (!Number.isInteger(amount) || amount <= 0) throw invalid('line_items[0][price_data][unit_amount]')
  if (!/^[a-z]{3}$/.test(currency)) throw invalid('line_items[0][price_data][currency]')
  if (textAt(form, 'line_items.0.price_data.product_data.name') === null)
    throw invalid('line_items[0][price_data][product_data][name]')
  const metadata = isJson(form['metadata']) ? form['metadata'] : {}
  const reference = textAt(form, 'client_reference_id')
  return { price: null, payment: { amount, currency, metadata, reference, status: 'unpaid' } }
}

function subscription(state: StripeState, form: Json): Pick<StripeCheckout, 'price' | 'payment'> {
  const price = textAt(form, 'line_items.0.price') ?? ''
  if (!state.prices.has(price)) throw missing(`No such price: '${price}'`, 'line_items[0][price]')
  if (textAt(form, 'mode') !== 'subscription') throw invalid('mode')
  return { price, payment: null }
}

function paidBy<One extends { paymentIntent: string }>(all: Map<string, One>, form: Json): One[] {
  const wanted = textAt(form, 'payment_intent')
  return [...all.values()].filter(({ paymentIntent }) => paymentIntent === wanted)
}

function listOf(name: string, data: Json[]): Json {
  return { object: 'list', url: `/v1/${name}`, has_more: false, data }
}

/** The route of a request, with the id in its path. */
export function findRoute(method: string, path: string): { route: Route; id: string } | null {
  for (const [name, route] of Object.entries(routes)) {
    const [verb, pattern = ''] = name.split(' ')
    const match = new RegExp(`^${pattern.replace(':id', '([^/]+)')}$`).exec(path)
    if (verb === method && match !== null) return { route, id: match[1] ?? '' }
  }
  return null
}

function invalid(param: string): StripeRefusal {
  return new StripeRefusal(400, {
    type: 'invalid_request_error',
    message: `Invalid or missing: ${param}.`,
    param,
  })
}
