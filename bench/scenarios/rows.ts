import { z } from 'zod'
import { createAccount, type Account } from '../account.ts'
import type { Bench } from '../bench.ts'
import type { LoadJob } from '../load-job.ts'
import { runSql } from '../postgres.ts'
import type { Found, Line } from '../result.ts'
import { startStack, type Stack } from '../stack.ts'
import { median } from '../stats.ts'
import { connections, rateOf, sendJob } from './rounds.ts'

const fewRows = 10_000
const sampleSize = 2_000

interface Table {
  stack: Stack
  account: Account
  /** Some messages, and who they went to, in no order. */
  samples: { id: string; address: string }[]
}

/** What accept, get and list cost on a table of ten thousand messages and on one of a million. */
export async function rows(bench: Bench): Promise<Found> {
  const { rounds, seconds } = bench.options.quick ? { rounds: 1, seconds: 0.5 } : { rounds: 3, seconds: 1.5 }
  const few = await openTable(bench, fewRows)
  const many = await openTable(bench, bench.options.rows)
  try {
    const lines: Line[] = []
    const details: Record<string, unknown> = {}
    for (const [what, jobOf] of Object.entries(operations)) {
      const rates = { few: [] as number[], many: [] as number[] }
      for (let round = 0; round < rounds; round += 1) {
        rates.few.push(rateOf(await bench.loader.run(jobOf(few, seconds))))
        rates.many.push(rateOf(await bench.loader.run(jobOf(many, seconds))))
      }
      details[what] = rates
      lines.push({
        scenario: 'rows',
        what: `${what}, ${bench.options.rows.toLocaleString('en-US')} rows`,
        value: median(rates.many),
        unit: 'requests/s',
        ratio: {
          of: `${fewRows.toLocaleString('en-US')} rows`,
          value: median(rates.many.map((rate, round) => rate / (rates.few[round] ?? NaN))),
        },
      })
    }
    return { lines, details }
  } finally {
    await Promise.all([few.stack.stop(), many.stack.stop()])
  }
}

const operations: Record<string, (table: Table, seconds: number) => LoadJob> = {
  get: (table, seconds) => getJob(table, seconds, ({ id }) => `/messages/${id}`),
  ...listOperation('first page', () => 'limit=20'),
  ...listOperation('any page by cursor', ({ id }) => `limit=20&cursor=${id}`),
  ...listOperation('of one recipient', ({ address }) => `limit=20&to=${address}`),
  ...listOperation('of one sender', () => 'limit=20&session=default'),
  ...listOperation('of one sender that sent nothing', () => 'limit=20&session=sandbox'),
  ...listOperation('of a status that is rare', () => 'limit=20&status=failed'),
  ...listOperation('of some hours', () => `limit=20&from=${daysAgo(11)}&to=${daysAgo(10)}`),
  // The last one: without a worker nobody folds the counters that it leaves.
  accept: ({ stack, account }, seconds) => sendJob(stack.url, account.key, seconds),
}

type Sample = Table['samples'][number]

function listOperation(what: string, query: (sample: Sample) => string): typeof operations {
  return {
    [`list, ${what}`]: (table, seconds) => getJob(table, seconds, (sample) => `/messages?${query(sample)}`),
  }
}

/** So many days ago, at a quarter past the hour: the rest of the hour is not in the counters. */
function daysAgo(days: number): string {
  const hours = Math.floor(Date.now() / 3_600_000) - days * 24
  return new Date((hours + 0.25) * 3_600_000).toISOString()
}

function getJob(
  { stack, account, samples }: Table,
  seconds: number,
  path: (sample: Sample) => string,
): LoadJob {
  const what = { kind: 'get' as const, paths: samples.map(path) }
  return { url: stack.url, key: account.key, what, connections, seconds, ratePerSecond: null }
}

/** An api process without a worker on a table of so many sent messages of one account. */
async function openTable(bench: Bench, count: number): Promise<Table> {
  const name = bench.redis === null ? 'embedded' : 'redis'
  const stack = await startStack(bench, name, { graphUrl: bench.graph.url, worker: false })
  const account = await createAccount(stack.url)
  const found = await runSql(stack.databaseUrl, [...seedSql(account.id, count), sampleSql(account.id)])
  return { stack, account, samples: z.array(z.object({ id: z.string(), address: z.string() })).parse(found) }
}

/** Messages of the last thirty days, sent long ago, ten a recipient, with their timelines, attempts and counters. */
function seedSql(accountId: string, count: number): string[] {
  const age = `(${count} - n) * (interval '30 days' / ${count})`
  return [
    `insert into messages (id, account_id, session_id, status, lane, address, content, body, external_id, attempt,
        due_at, created_at, sent_at, expires_at)
     select uuidv7(-(${age})), s.account_id, s.id, 'sent', 'normal', '49151' || (20000000 + n / 10),
        jsonb_build_object('type', 'text', 'body', 'Your order ' || n || ' has left our store.'),
        'Your order ' || n || ' has left our store.', 'wamid.' || md5(n::text), 1,
        now() - ${age}, now() - ${age}, now() - ${age}, now() - ${age} + interval '1 day'
       from generate_series(1, ${count}) n,
            (select id, account_id from sessions where account_id = '${accountId}' and is_default) s`,
    `insert into message_events (message_id, status, key, at)
     select m.id, e.status, e.key, m.created_at
       from messages m, lateral (values ('queued', 'accepted'), ('sent', m.external_id)) e(status, key)
      where m.account_id = '${accountId}'`,
    `insert into provider_attempts (message_id, attempt, started_at, ended_at, outcome, external_id)
     select id, 1, created_at, created_at, 'accepted', external_id from messages
      where account_id = '${accountId}'`,
    `insert into counters (account_id, day, status, count)
     select account_id, created_at::date, status, count(*) from messages
      where account_id = '${accountId}' group by 1, 2, 3`,
    `insert into counter_hours (account_id, hour, status, count)
     select account_id, date_trunc('hour', created_at, 'UTC'), status, count(*) from messages
      where account_id = '${accountId}' group by 1, 2, 3`,
    'vacuum analyze',
    'checkpoint',
  ]
}

function sampleSql(accountId: string): string {
  return `select id, address from messages where account_id = '${accountId}' order by md5(id::text) limit ${sampleSize}`
}
