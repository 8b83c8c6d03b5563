import type { Db } from './client.ts'
import type { Listener } from './listener.ts'

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
}

/**
 * Signals through Postgres (LISTEN and NOTIFY). Channels belong to a database, and several installations may share one:
 * each has the name of its schema in that of its channel.
 */
export function createSignals(
  { db, listener, schema }: { db: Db; listener: Listener; schema: string },
  onError: (error: unknown) => void,
): Signals {
  const channel = schema === 'public' ? 'hermod_signals' : `signals_${schema}`
  return {
    async send(text) {
      await db.query('signal-send', 'select pg_notify($1, $2)', [channel, text]).catch(onError)
    },
    listen({ onSignal, onGap }, stop) {
      listener.listen(channel, { onPayload: onSignal, onGap }, stop)
    },
  }
}
