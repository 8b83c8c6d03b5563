import type { PlanName } from '../accounts/plan.ts'

/** The plans that an account can buy by itself. */
export const soldPlans = ['basic', 'pro'] as const satisfies PlanName[]
export type SoldPlan = (typeof soldPlans)[number]

/**
 * Whether a subscription in this state is served. A payment that is late (`past_due`) is served on while Stripe tries
 * again; when Stripe gives up it becomes `unpaid` or `canceled`, as the operator chose there.
 * Source: docs.stripe.com, subscriptions, statuses.
 */
const served: Record<string, boolean> = {
  trialing: true,
  active: true,
  past_due: true,
  unpaid: false,
  canceled: false,
  incomplete: false,
  incomplete_expired: false,
  paused: false,
}

/** A subscription as Stripe reports it. `plan` is null for a price that is none of ours. */
export interface Subscription {
  id: string
  status: string
  plan: SoldPlan | null
  createdAt: Date
}

/** The plan that an account has bought. */
export interface Purchase {
  subscriptionId: string | null
  status: string | null
  /** Null: nothing that is paid for. `unknown`: something, at a price that we do not know. */
  plan: SoldPlan | 'unknown' | null
}

/** Of all subscriptions of a customer the one that counts: the best that is served, else the newest. */
export function purchaseOf(subscriptions: Subscription[]): Purchase {
  const newestFirst = subscriptions.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
  const running = newestFirst.filter(({ status }) => served[status] === true)
  const rank = ({ plan }: Subscription): number => (plan === null ? -1 : soldPlans.indexOf(plan))
  const [best] = running.toSorted((a, b) => rank(b) - rank(a))
  if (best !== undefined) {
    return { subscriptionId: best.id, status: best.status, plan: best.plan ?? 'unknown' }
  }
  const [last] = newestFirst
  return { subscriptionId: last?.id ?? null, status: last?.status ?? null, plan: null }
}
