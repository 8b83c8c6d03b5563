import { groupBy } from '../../src/kit/group.ts'
import type { Evidence, Heard, LedgerEntry, MessageRow, StatusCount } from './evidence.ts'

/** Something that must not have happened, with what it happened to. */
export interface Violation {
  rule: string
  /** The message, or whatever else it is about. */
  about: string
  what: string
}

/** Judges the evidence. Empty: nothing was lost, nothing was doubled, everybody was told the truth. */
export function judge(evidence: Evidence): Violation[] {
  const file = fileOf(evidence)
  return Object.entries(rules).flatMap(([rule, find]) => find(file).map((found) => ({ rule, ...found })))
}

/** The evidence, by message. */
interface File extends Evidence {
  rows: ReadonlyMap<string, MessageRow>
  taken: ReadonlyMap<string, readonly LedgerEntry[]>
  heardOf: ReadonlyMap<string, readonly Heard[]>
}

function fileOf(evidence: Evidence): File {
  return {
    ...evidence,
    rows: new Map(evidence.messages.map((row) => [row.id, row])),
    taken: groupBy(evidence.ledger, (entry) => entry.correlationId ?? ''),
    heardOf: groupBy(evidence.heard, (one) => one.messageId),
  }
}

type Found = Omit<Violation, 'rule'>

const rules: Record<string, (file: File) => Found[]> = {
  'a message that was promised is stored': ({ promised, rows }) =>
    promised
      .filter(({ id }) => !rows.has(id))
      .map(({ id, key }) => ({ about: id, what: `${key} has no row` })),

  'a message that is stored was promised, once for each key': ({ promised, messages }) => {
    const ids = new Set(promised.map(({ id }) => id))
    const keys = groupBy(promised, ({ key }) => key)
    return [
      ...messages
        .filter(({ id }) => !ids.has(id))
        .map((row) => ({ about: row.id, what: `nobody was told of ${row.body}` })),
      ...[...keys]
        .filter(([, some]) => some.length > 1)
        .map(([key, some]) => ({ about: key, what: `became ${some.map(({ id }) => id).join(', ')}` })),
    ]
  },

  'a promised message reached the provider, or failed with a reason': (file) =>
    file.promised.flatMap(({ id }) => {
      const row = file.rows.get(id)
      if (file.taken.has(id) || row === undefined) return []
      const ended = row.status === 'failed' || row.status === 'expired'
      return ended && row.errorMessage !== null ? [] : [{ about: id, what: `never sent: ${show(row)}` }]
    }),

  'no message reached the provider twice': ({ taken, rows, attempts }) =>
    [...taken]
      .filter(([, entries]) => entries.length > 1)
      .map(([id, entries]) => ({
        about: id,
        what:
          `sent ${entries.length} times (${entries.map((entry) => entry.acknowledged.join('+')).join(' | ')}): ` +
          `${show(rows.get(id))} ${JSON.stringify(attempts.filter((one) => one.messageId === id))}`,
      })),

  'nothing reached the provider that was not promised': ({ taken, promised }) => {
    const ids = new Set(promised.map(({ id }) => id))
    return [...taken.keys()]
      .filter((id) => !ids.has(id))
      .map((id) => ({ about: id, what: 'sent without a promise' }))
  },

  'a status is what the provider told': (file) =>
    [...file.taken].flatMap(([id, entries]) => {
      const row = file.rows.get(id)
      const told = finalOf(entries)
      if (row === undefined || row.status === told) return []
      return [{ about: id, what: `told ${told}, is ${show(row)}` }]
    }),

  'a status has its times': ({ messages }) =>
    messages.flatMap((row) => {
      const times: Record<string, (Date | null)[]> = {
        read: [row.sentAt, row.deliveredAt, row.readAt],
        failed: [row.failedAt],
      }
      return (times[row.status] ?? []).includes(null) ? [{ about: row.id, what: show(row) }] : []
    }),

  'a timeline is complete and says nothing twice': (file) => {
    const timelines = groupBy(file.timeline, (entry) => entry.messageId)
    return file.messages.flatMap((row) => {
      const entries = (timelines.get(row.id) ?? []).filter(({ status }) => status !== 'retrying')
      const is = entries.map(({ status }) => status).toSorted()
      const should = [...expectedEntries(row, file.taken.get(row.id) ?? [])].toSorted()
      if (is.join() === should.join()) return []
      // The provider's answer says `sent` before, or without, a callback that does.
      if (is.join() === [...should, 'sent'].toSorted().join() && !should.includes('sent')) return []
      return [{ about: row.id, what: `is ${is.join()}, should be ${should.join()}` }]
    })
  },

  'every webhook is signed': ({ heard }) =>
    heard.flatMap(({ webhookId, problem }) =>
      problem === null ? [] : [{ about: webhookId, what: problem }],
    ),

  'every event reached the webhook, in its own words': ({ events, heard }) => {
    const byId = groupBy(heard, ({ webhookId }) => webhookId)
    return events.flatMap(({ id, messageId, status, payload }) => {
      const some = byId.get(id) ?? []
      if (some.length === 0) return [{ about: messageId, what: `${status} (${id}) was never heard` }]
      const changed = some.some(({ body }) => body !== payload)
      return changed ? [{ about: messageId, what: `${status} (${id}) was told in other words` }] : []
    })
  },

  'the webhook heard how each message ended': ({ messages, heardOf }) =>
    messages.flatMap((row) => {
      const knows = heardOf.get(row.id)?.some(({ status }) => status === row.status) ?? false
      return knows ? [] : [{ about: row.id, what: `${row.status} was never heard` }]
    }),

  'a status change has one webhook-id': ({ heard }) => {
    const changes = groupBy(heard, ({ messageId, status }) => `${messageId} ${status}`)
    return [...changes].flatMap(([change, some]) => {
      const ids = new Set(some.map(({ webhookId }) => webhookId))
      return ids.size > 1 ? [{ about: change, what: [...ids].join(', ') }] : []
    })
  },

  'the webhook heard nothing but events': ({ heard, events }) => {
    const known = new Set(events.map(({ id }) => id))
    return heard
      .filter(({ webhookId }) => !known.has(webhookId))
      .map(({ webhookId, body }) => ({ about: webhookId, what: body }))
  },

  'counters equal a recount': ({ messages, counters }) => compareCounts(recount(messages), counters),

  'the front door counts as the rows do': ({ messages, totals }) =>
    compareCounts(
      recount(messages),
      totals.filter(({ count }) => count > 0),
    ),

  'nothing is left waiting': ({ leftovers }) => leftovers.map((line) => ({ about: 'leftover', what: line })),
}

/** Where callbacks leave a message, whatever their order. */
function finalOf(entries: readonly LedgerEntry[]): string {
  const told = new Set(entries.flatMap(({ acknowledged }) => acknowledged))
  return ['read', 'delivered', 'failed', 'sent'].find((status) => told.has(status)) ?? 'nothing'
}

/** What the timeline must hold beside retries. */
function expectedEntries(row: MessageRow, taken: readonly LedgerEntry[]): Set<string> {
  if (taken.length === 0) return new Set(['queued', row.status])
  return new Set(['queued', ...taken.flatMap(({ acknowledged }) => acknowledged)])
}

function recount(messages: readonly MessageRow[]): StatusCount[] {
  return [...groupBy(messages, ({ accountId, status }) => `${accountId} ${status}`).values()].flatMap(
    (rows) => {
      const [first] = rows
      return first === undefined
        ? []
        : [{ accountId: first.accountId, status: first.status, count: rows.length }]
    },
  )
}

function compareCounts(right: readonly StatusCount[], found: readonly StatusCount[]): Found[] {
  const textOf = ({ accountId, status, count }: StatusCount) => `${accountId} ${status}: ${count}`
  const expected = right.map(textOf)
  const actual = found.map(textOf)
  return [
    ...expected.filter((one) => !actual.includes(one)).map((one) => ({ about: one, what: 'is missing' })),
    ...actual.filter((one) => !expected.includes(one)).map((one) => ({ about: one, what: 'is not true' })),
  ]
}

function show(row: MessageRow | undefined): string {
  return row === undefined ? 'no row' : JSON.stringify(row)
}
