import pg from 'pg'
import { wait } from '../kit/concurrency/wait.ts'
import type { Db } from './client.ts'

// Why beside the queue: a job goes to whichever worker takes it, a signal to every process that listens, or to the one
// that it names. Both backends of the queue have a Postgres, so signals need nothing else.

/** Short texts from process to process. One that is sent while nobody listens, or while Postgres is away, is lost. */
export interface Signals {
  /** At most 7,000 bytes. Never throws: what a signal says stands in a table, too. */
  send(text: string): Promise<void>
  /**
   * Listens until `stop` fires. `onGap` is called whenever signals may have been missed: when listening begins, and
   * each time it begins again.
   */
  listen(listener: { onSignal(text: string): void; onGap(): void }, stop: AbortSignal): void
  close(): Promise<void>
}

const channel = 'hermod_signals'
const reconnectMs = 500

/** Signals through Postgres (LISTEN and NOTIFY). The connection that listens is opened when somebody does. */
export function createSignals(url: string, db: Db, onError: (error: unknown) => void): Signals {
  const listeners = new Set<{ onSignal(text: string): void; onGap(): void }>()
  const closing = new AbortController()
  let listening: Promise<void> | null = null
  let isConnected = false

  /** Holds one connection until it breaks. */
  async function listenOnce(): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      application_name: 'hermod-signals',
    })
    const ended = new Promise<void>((resolve) => {
      // Each time: an error without a listener would end the process.
      client.on('error', () => resolve())
      client.once('end', () => resolve())
      closing.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    client.on('notification', ({ payload }) => {
      for (const { onSignal } of listeners) onSignal(payload ?? '')
    })
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      isConnected = true
      for (const { onGap } of listeners) onGap()
      await ended
    } finally {
      isConnected = false
      await client.end().catch(() => undefined)
    }
  }

  async function listenOn(): Promise<void> {
    while (!closing.signal.aborted) {
      await listenOnce().catch(onError)
      await wait(reconnectMs, closing.signal)
    }
  }

  return {
    async send(text) {
      await db.query('signal-send', 'select pg_notify($1, $2)', [channel, text]).catch(onError)
    },
    listen(listener, stop) {
      if (stop.aborted) return
      listeners.add(listener)
      stop.addEventListener('abort', () => listeners.delete(listener), { once: true })
      if (isConnected) listener.onGap()
      listening ??= listenOn()
    },
    async close() {
      closing.abort()
      await listening
    },
  }
}
