/**
 * The words for where a message stands, and which may follow which. `received` is the one status of an inbound
 * message.
 */
export const statuses = [
  'scheduled',
  'queued',
  'processing',
  'retrying',
  'sent',
  'delivered',
  'read',
  'failed',
  'canceled',
  'expired',
] as const
export type Status = (typeof statuses)[number]

/**
 * The one table of allowed transitions. Receipts (sent, delivered, read) are allowed from every state in which the
 * message may have left us without our knowing; `failed` gives way to `delivered` and `read`, which show that
 * it arrived, so that callbacks end in the same state whatever order they come in.
 */
const next = {
  scheduled: ['queued', 'canceled', 'expired', 'failed'],
  queued: ['processing', 'canceled', 'expired', 'failed', 'sent', 'delivered', 'read'],
  processing: ['queued', 'retrying', 'sent', 'delivered', 'read', 'failed', 'expired'],
  retrying: ['processing', 'sent', 'delivered', 'read', 'failed', 'expired', 'canceled'],
  sent: ['delivered', 'read', 'failed'],
  delivered: ['read'],
  read: [],
  failed: ['queued', 'delivered', 'read'],
  canceled: ['sent', 'delivered', 'read'],
  expired: ['sent', 'delivered', 'read'],
} as const satisfies Record<Status, readonly Status[]>

/** True when a message may go from one status to the other. */
export function mayTransition(from: Status, to: Status): boolean {
  const allowed: readonly Status[] = next[from]
  return allowed.includes(to)
}

/** The statuses that are published to webhook endpoints, each as `message.<status>`. */
export const publishedStatuses: ReadonlySet<Status> = new Set<Status>([
  'queued',
  'sent',
  'delivered',
  'read',
  'failed',
  'canceled',
  'expired',
])

/** Orders timeline entries that have the same time. */
export const statusRank: Record<Status, number> = {
  scheduled: 0,
  queued: 1,
  processing: 2,
  retrying: 3,
  sent: 4,
  failed: 5,
  delivered: 6,
  read: 7,
  canceled: 8,
  expired: 9,
}
