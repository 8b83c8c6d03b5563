import pg from 'pg'
import { z } from 'zod'
import { ask } from './accounts.ts'
import type { AppAccount, Promised } from './client.ts'
import type { Fake } from './fakes.ts'

/** Everything that is known when the storm is over, from every side. */
export interface Evidence {
  /** What the app was promised with a 202. */
  promised: readonly Promised[]
  /** What Meta took, and which statuses it told us (and we acknowledged). */
  ledger: readonly LedgerEntry[]
  /** What the app's webhook heard. */
  heard: readonly Heard[]
  /** What the app reads at the front door: messages by status. */
  totals: readonly StatusCount[]
  /** What stands in the database. */
  messages: readonly MessageRow[]
  timeline: readonly TimelineRow[]
  attempts: readonly AttemptRow[]
  events: readonly EventRow[]
  counters: readonly StatusCount[]
  /** Rows of any kind that still wait for something, or ended where they should not have. */
  leftovers: readonly string[]
}

const ledgerEntry = z.object({
  wamid: z.string(),
  correlationId: z.string().nullable(),
  acknowledged: z.array(z.string()),
})
export type LedgerEntry = z.infer<typeof ledgerEntry>

const delivery = z.object({
  webhookId: z.string(),
  verified: z.boolean(),
  problem: z.string().nullable(),
  body: z.string(),
  payload: z.object({ data: z.object({ messageId: z.string(), status: z.string() }) }).nullable(),
})

export interface Heard {
  webhookId: string
  /** Why its signature did not hold, or null. */
  problem: string | null
  body: string
  messageId: string
  status: string
}

export interface StatusCount {
  accountId: string
  status: string
  count: number
}

export interface MessageRow {
  id: string
  accountId: string
  status: string
  body: string | null
  externalId: string | null
  attempt: number
  unknownAt: Date | null
  wakeAt: Date | null
  sentAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  failedAt: Date | null
  errorCode: string | null
  errorMessage: string | null
}

export interface TimelineRow {
  messageId: string
  status: string
  key: string
}

export interface AttemptRow {
  messageId: string
  attempt: number
  outcome: string
  detail: string | null
}

export interface EventRow {
  id: string
  messageId: string
  status: string
  payload: string
}

/** Asks every witness. Everything must have come to rest. */
export async function gather(at: {
  url: string
  databaseUrl: string
  graph: Fake
  receiver: Fake
  accounts: readonly AppAccount[]
  promised: readonly Promised[]
}): Promise<Evidence> {
  const [ledger, heard, totals, rows] = await Promise.all([
    readLedger(at.graph),
    readHeard(at.receiver),
    readTotals(at.url, at.accounts),
    readDatabase(at.databaseUrl),
  ])
  return { promised: at.promised, ledger, heard, totals, ...rows }
}

const page = 1_000

async function readLedger(graph: Fake): Promise<LedgerEntry[]> {
  const answer = z.object({ messages: z.array(ledgerEntry) })
  return readPages(async (after) => {
    return answer.parse(await graph.control(`ledger?after=${after}&limit=${page}`)).messages
  })
}

async function readHeard(receiver: Fake): Promise<Heard[]> {
  const answer = z.object({ deliveries: z.array(delivery) })
  const all = await readPages(async (after) => {
    return answer.parse(await receiver.control(`deliveries?after=${after}&limit=${page}`)).deliveries
  })
  return all.map(({ webhookId, problem, body, payload }) => ({
    webhookId,
    problem,
    body,
    messageId: payload?.data.messageId ?? '',
    status: payload?.data.status ?? '',
  }))
}

async function readPages<Item>(read: (after: number) => Promise<Item[]>): Promise<Item[]> {
  const items: Item[] = []
  for (;;) {
    const more = await read(items.length)
    items.push(...more)
    if (more.length < page) return items
  }
}

const finalStatuses = ['read', 'failed', 'expired'] as const
const listed = z.object({ pagination: z.object({ total: z.int() }) })

async function readTotals(url: string, accounts: readonly AppAccount[]): Promise<StatusCount[]> {
  return Promise.all(
    accounts.flatMap(({ id, apiKey }) =>
      finalStatuses.map(async (status) => {
        const answer = await ask(url, 'GET', `/messages?status=${status}&limit=1`, apiKey)
        return { accountId: id, status, count: listed.parse(answer).pagination.total }
      }),
    ),
  )
}

async function readDatabase(databaseUrl: string) {
  return withDatabase(databaseUrl, async (read) => ({
    messages: await read<MessageRow>(
      `select id, account_id as "accountId", status, body, external_id as "externalId", attempt,
              unknown_at as "unknownAt", wake_at as "wakeAt", sent_at as "sentAt",
              delivered_at as "deliveredAt", read_at as "readAt", failed_at as "failedAt",
              error_code as "errorCode", error_message as "errorMessage" from messages order by seq`,
    ),
    timeline: await read<TimelineRow>(
      'select message_id as "messageId", status, key from message_events order by message_id, at',
    ),
    attempts: await read<AttemptRow>(
      'select message_id as "messageId", attempt, outcome, detail from provider_attempts order by 1, 2',
    ),
    events: await read<EventRow>(
      `select id, message_id as "messageId", payload::json->'data'->>'status' as status, payload
         from webhook_events`,
    ),
    counters: await read<StatusCount>(
      `select account_id as "accountId", status, sum(count)::int as count from (
         select account_id, status, count from counters
         union all select account_id, status, delta from counter_deltas) c
        group by 1, 2 having sum(count) <> 0`,
    ),
    leftovers: (await read<{ line: string }>(leftoversSql)).map(({ line }) => line),
  }))
}

const leftoversSql = `
select 'message ' || to_jsonb(m)::text as line from messages m
 where status not in ('read', 'failed', 'expired') or wake_at is not null or unknown_at is not null
union all select 'webhook delivery ' || to_jsonb(d)::text from webhook_deliveries d
 where status <> 'delivered' or wake_at is not null
union all select 'callback ' || (to_jsonb(c) - 'body')::text from callbacks c
 where state <> 'applied' or wake_at is not null`

const openSql = `
select (select count(*)::int from messages
         where status not in ('read', 'failed', 'expired') or wake_at is not null) as messages,
       (select count(*)::int from webhook_deliveries where wake_at is not null) as deliveries,
       (select count(*)::int from callbacks where wake_at is not null) as callbacks`

/** How much is still under way in the database. */
export interface Open {
  messages: number
  deliveries: number
  callbacks: number
}

/** Counts what has not come to rest. */
export async function countOpen(databaseUrl: string): Promise<Open> {
  return withDatabase(databaseUrl, async (read) => {
    const [open] = await read<Open>(openSql)
    if (open === undefined) throw new Error('a count gave no row')
    return open
  })
}

async function withDatabase<Result>(
  connectionString: string,
  act: (read: <Row extends pg.QueryResultRow>(text: string) => Promise<Row[]>) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  // Without a listener a connection that breaks between two statements would end the program.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await act(async (text) => (await client.query(text)).rows)
  } finally {
    await client.end()
  }
}
