/** The limits of an account. Null: no limit. */
export interface Plan {
  requestsPerMinute: number | null
  /** Null: the number of the configuration. */
  bulkItemsMax: number | null
  /** For APIs that count sessions and the messages of a day by plan; the native one does not. */
  sessionsMax: number | null
  messagesPerDay: number | null
}

/** The plans. An operator who resells changes the numbers here; `DEFAULT_PLAN` names what a new account gets. */
export const plans = {
  free: { requestsPerMinute: 20, bulkItemsMax: 100, sessionsMax: 10, messagesPerDay: 100 },
  basic: { requestsPerMinute: 100, bulkItemsMax: 100, sessionsMax: 10, messagesPerDay: 1_000 },
  pro: { requestsPerMinute: 500, bulkItemsMax: 1_000, sessionsMax: null, messagesPerDay: 10_000 },
  enterprise: { requestsPerMinute: 2_000, bulkItemsMax: 5_000, sessionsMax: null, messagesPerDay: null },
  unlimited: { requestsPerMinute: null, bulkItemsMax: null, sessionsMax: null, messagesPerDay: null },
} as const satisfies Record<string, Plan>
export type PlanName = keyof typeof plans

export const planNames = ['free', 'basic', 'pro', 'enterprise', 'unlimited'] as const satisfies PlanName[]

/** The plan of that name; the smallest one when an operator has taken the name away. */
export function planNamed(name: string): Plan {
  return Object.entries(plans).find(([one]) => one === name)?.[1] ?? plans.free
}
