import type { StatusWord } from './options.ts'
import type { Json } from '../http.ts'

/** A message that was accepted, whether or not its sender ever learned of it. */
export interface AcceptedMessage {
  wamid: string
  /** What the sender put in `biz_opaque_callback_data`. */
  correlationId: string | null
  /** The recipient as WhatsApp knows it: digits or a BSUID. */
  to: string
  /** Meta's word for the kind of message. */
  type: string
  phoneNumberId: string
  /** Time of arrival, Unix milliseconds. */
  at: number
  /** Null when the ledger keeps no bodies. */
  body: Json | null
  /** Statuses that the callback's receiver answered with 200. */
  acknowledged: StatusWord[]
}

export interface LedgerStats {
  accepted: number
  distinct: number
  withoutCorrelation: number
  refused: Record<string, number>
  dropped: number
  posts: number
  postsFailed: number
  updatesPosted: number
  updatesAcknowledged: number
  updatesAbandoned: number
}

/**
 * Who was sent what, how often. Counts by correlation id are always kept (a map entry a message); messages
 * themselves only at detail `times` and `bodies`.
 */
export interface Ledger {
  accept(message: Omit<AcceptedMessage, 'acknowledged'>): AcceptedMessage
  /** Counts a message without keeping it. */
  count(correlationId: string | null): void
  refused(code: number): void
  /** Keeps that a customer's message was marked as read. */
  read(phoneNumberId: string, body: Json): void
  readonly reads: readonly { phoneNumberId: string; body: Json }[]
  readonly stats: LedgerStats
  readonly messages: readonly AcceptedMessage[]
  /** How often a correlation id was accepted: 1 is right, 0 lost, 2 sent twice. */
  timesAccepted(correlationId: string): number
  byCorrelation(correlationId: string): readonly AcceptedMessage[]
  byRecipient(to: string): readonly AcceptedMessage[]
  counts(): ReadonlyMap<string, number>
  /** Correlation ids accepted more than once, with their counts. */
  duplicates(): Record<string, number>
  clear(): void
}

export function createLedger(detail: 'counts' | 'times' | 'bodies'): Ledger {
  const counts = new Map<string, number>()
  const byCorrelation = new Map<string, AcceptedMessage[]>()
  const byRecipient = new Map<string, AcceptedMessage[]>()
  const messages: AcceptedMessage[] = []
  const reads: { phoneNumberId: string; body: Json }[] = []
  const stats = zeroStats()

  function count(correlationId: string | null): void {
    stats.accepted += 1
    if (correlationId === null) {
      stats.withoutCorrelation += 1
      return
    }
    const before = counts.get(correlationId) ?? 0
    if (before === 0) stats.distinct += 1
    counts.set(correlationId, before + 1)
  }

  return {
    stats,
    messages,
    reads,
    count,
    read(phoneNumberId, body) {
      if (detail !== 'counts') reads.push({ phoneNumberId, body })
    },
    accept(given) {
      const message: AcceptedMessage = {
        ...given,
        body: detail === 'bodies' ? given.body : null,
        acknowledged: [],
      }
      count(message.correlationId)
      if (detail === 'counts') return message
      messages.push(message)
      file(byRecipient, message.to, message)
      if (message.correlationId !== null) file(byCorrelation, message.correlationId, message)
      return message
    },
    refused(code) {
      stats.refused[code] = (stats.refused[code] ?? 0) + 1
    },
    timesAccepted: (correlationId) => counts.get(correlationId) ?? 0,
    byCorrelation: (correlationId) => byCorrelation.get(correlationId) ?? [],
    byRecipient: (to) => byRecipient.get(to.replace(/^\+/, '')) ?? [],
    counts: () => counts,
    duplicates: () => Object.fromEntries([...counts].filter(([, times]) => times > 1)),
    clear() {
      counts.clear()
      byCorrelation.clear()
      byRecipient.clear()
      messages.length = 0
      reads.length = 0
      Object.assign(stats, zeroStats())
    },
  }
}

function file(index: Map<string, AcceptedMessage[]>, key: string, message: AcceptedMessage): void {
  const filed = index.get(key)
  if (filed) filed.push(message)
  else index.set(key, [message])
}

function zeroStats(): LedgerStats {
  return {
    accepted: 0,
    distinct: 0,
    withoutCorrelation: 0,
    refused: {},
    dropped: 0,
    posts: 0,
    postsFailed: 0,
    updatesPosted: 0,
    updatesAcknowledged: 0,
    updatesAbandoned: 0,
  }
}
