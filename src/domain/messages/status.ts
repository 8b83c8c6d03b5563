/** The words for where a message stands, as the native API shows them. */
export const shownStatuses = [
  'scheduled',
  'queued',
  'processing',
  'retrying',
  'sent',
  'delivered',
  'read',
  'failed',
  'canceled',
] as const

/** All words, and which may follow which. `received` is the one status of an inbound message. */
export const statuses = [...shownStatuses, 'expired'] as const
export type Status = (typeof statuses)[number]

/** The status that is shown: a message that expired has failed, for a reason that stands beside. */
export function shownStatus<Word extends string>(status: Word): Exclude<Word, 'expired'> | 'failed' {
  return isShown(status) ? status : 'failed'
}

function isShown<Word extends string>(status: Word): status is Exclude<Word, 'expired'> {
  return status !== 'expired'
}

/** Why a message has its status, where a word tells more than the status. */
export function reasonOf(status: string): 'expired' | null {
  return status === 'expired' ? status : null
}

/** Stands before the status under which a dry run is counted. */
export const dryRunMark = 'dry_run:'

/** Counts by status, as they are shown. */
export function countShown(
  counts: Iterable<readonly [status: string, count: number]>,
): Record<string, number> {
  const shown: Record<string, number> = {}
  for (const [status, count] of counts) {
    if (count !== 0) shown[shownStatus(status)] = (shown[shownStatus(status)] ?? 0) + count
  }
  return shown
}

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
  expired: ['queued', 'sent', 'delivered', 'read'],
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
