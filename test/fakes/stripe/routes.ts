import type { Json } from '../http.ts'
import { textAt } from './form.ts'
import {
  checkoutView,
  customerNamed,
  customerView,
  missing,
  subscriptionView,
  StripeRefusal,
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
    const price = textAt(form, 'line_items.0.price') ?? ''
    if (!state.prices.has(price)) throw missing(`No such price: '${price}'`, 'line_items[0][price]')
    if (textAt(form, 'mode') !== 'subscription') throw invalid('mode')
    const successUrl = textAt(form, 'success_url')
    if (successUrl === null || !URL.canParse(successUrl)) throw invalid('success_url')
    const id = state.newId('cs')
    const checkout = { id, customer, price, successUrl, url: `${host}/c/pay/${id}` }
    state.checkouts.set(id, checkout)
    return checkoutView(checkout)
  },

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
    return { object: 'list', url: '/v1/subscriptions', has_more: false, data: data.map(subscriptionView) }
  },
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
