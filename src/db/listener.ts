import type pg from 'pg'
import { wait } from '../kit/concurrency/wait.ts'
import { backoffMs } from '../kit/backoff.ts'
import { closeClient, openClient, type Target } from './connection.ts'

/** The one connection of a process that hears what is notified (LISTEN). It is opened when somebody needs it. */
export interface Listener {
  /**
   * Listens on a channel until `stop` fires. `onGap` is called whenever something may have been missed: when listening
   * begins, and each time it begins again.
   */
  listen(
    channel: string,
    hearer: { onPayload(payload: string): void; onGap(): void },
    stop: AbortSignal,
  ): void
  /** Runs a statement on that connection, for a process that has no other to spare. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>
  close(): Promise<void>
}

interface Hearer {
  channel: string
  onPayload(payload: string): void
  onGap(): void
}

const retry = { baseMs: 500, capMs: 5_000 }
/** A connection may be dead without a word: it is asked, and has to answer in time. */
const askEveryMs = 10_000
const answerMsMax = 5_000

/** `sets`: what statements on this connection rely on. */
export function createListener(
  target: Target,
  { onError, sets }: { onError(error: unknown): void; sets: string },
): Listener {
  const hearers = new Set<Hearer>()
  const closing = new AbortController()
  let running: Promise<void> | null = null
  /** The connection that is to be used now, or the try to open one. */
  let current: Promise<pg.Client> | null = null
  let isListening = false
  /** Statements go one after the other: a connection takes one at a time. */
  let last: Promise<unknown> = Promise.resolve()

  function ask<Row extends pg.QueryResultRow>(
    client: pg.Client,
    text: string,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    const answer = last.then(() => client.query<Row>(text, values))
    last = answer.catch(() => undefined)
    return answer
  }

  async function open(): Promise<pg.Client> {
    return openClient(target.directUrl, {
      name: 'hermod-listener',
      sets,
      answerMsMax,
    })
  }

  /** Holds one connection until it breaks. */
  async function holdOne(onReady: () => void): Promise<void> {
    current = open()
    const client = await current
    const over = new AbortController()
    const end = (): void => over.abort()
    client.once('end', end)
    closing.signal.addEventListener('abort', end, { once: true })
    // It may have fired while the connection was opened.
    if (closing.signal.aborted) end()
    client.on('notification', ({ channel, payload }) => {
      for (const hearer of hearers) if (hearer.channel === channel) hearer.onPayload(payload ?? '')
    })
    try {
      await listenToAll(client)
      isListening = true
      onReady()
      for (const { onGap } of hearers) onGap()
      while (!over.signal.aborted) {
        await wait(askEveryMs, over.signal)
        if (!over.signal.aborted) await ask(client, 'select 1')
      }
    } finally {
      isListening = false
      current = null
      closing.signal.removeEventListener('abort', end)
      await closeClient(client)
    }
  }

  async function run(): Promise<void> {
    for (let tries = 1; !closing.signal.aborted; tries += 1) {
      await holdOne(() => (tries = 1)).catch(onError)
      current = null
      await wait(backoffMs(tries, retry), closing.signal)
    }
  }

  /** Those that come meanwhile as well. */
  async function listenToAll(client: pg.Client): Promise<void> {
    const heard = new Set<string>()
    for (;;) {
      const channel = [...hearers].map((hearer) => hearer.channel).find((name) => !heard.has(name))
      if (channel === undefined) return
      await ask(client, `listen ${channel}`)
      heard.add(channel)
    }
  }

  return {
    listen(channel, hearer, stop) {
      if (stop.aborted || closing.signal.aborted) return
      const one = { channel, ...hearer }
      hearers.add(one)
      stop.addEventListener('abort', () => hearers.delete(one), { once: true })
      if (isListening) void begin(one)
      running ??= run()
    },
    async query(text, values) {
      running ??= run()
      if (current === null) throw new Error('Postgres is away: connection terminated')
      return ask(await current, text, values)
    },
    async close() {
      closing.abort()
      await running
    },
  }

  /** Where the connection breaks meanwhile, the next one listens on every channel and tells of the gap. */
  async function begin(hearer: Hearer): Promise<void> {
    try {
      if (current !== null) await ask(await current, `listen ${hearer.channel}`)
      hearer.onGap()
    } catch (error) {
      onError(error)
    }
  }
}
