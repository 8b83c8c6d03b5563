import { EventEmitter } from 'node:events'
import {
  PostgresConnection,
  PostgresQueueBackend,
  type BackendFactory,
  type PostgresConnectionOptions,
} from 'bullmq'

/** The part of a database that the queue needs: the pool and the connection that listens are those of the process. */
export interface QueueDatabase {
  /** Runs a statement where the queue's tables are found without the name of their schema. */
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>
  listen(
    channel: string,
    hearer: { onPayload(payload: string): void; onGap(): void },
    stop: AbortSignal,
  ): void
}

/**
 * BullMQ's backend for Postgres over connections that are not its own. BullMQ would open three for each queue and worker,
 * and would keep to a first connection that failed for as long as the process lives.
 */
export function sharedBackend(
  database: QueueDatabase,
): BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> {
  return (name, options) => new PostgresQueueBackend(new SharedConnection(database), name, options)
}

const jobsChannel = 'bullmq_jobs'

class SharedConnection extends PostgresConnection {
  private readonly hearing = new AbortController()
  private readonly database: QueueDatabase
  private ears: Ears | null = null

  constructor(database: QueueDatabase) {
    super({
      query: <Row>(text: string, values?: readonly unknown[]) =>
        database.query<Row>(text, values === undefined ? undefined : [...values]),
      connect: () => Promise.reject(new Error('the queue has no connection of its own')),
      end: () => Promise.resolve(),
      on() {
        return this
      },
      removeAllListeners() {
        return this
      },
    })
    this.database = database
  }

  /** The tables were made before the process was ready. */
  override waitUntilReady(): Promise<void> {
    return Promise.resolve()
  }

  override getListenClient(): Promise<Ears> {
    if (this.ears === null) {
      const ears = (this.ears = new Ears())
      this.database.listen(
        jobsChannel,
        {
          onPayload: (payload) => ears.emit('notification', { channel: jobsChannel, payload }),
          onGap: () => this.emit('listenerinvalidated'),
        },
        this.hearing.signal,
      )
    }
    return Promise.resolve(this.ears)
  }

  /** So that a worker looks for jobs by itself within ten seconds, should notifications fail to come. */
  override get hasListenClientKeepAlive(): boolean {
    return false
  }

  override close(): Promise<void> {
    this.hearing.abort()
    return super.close()
  }
}

/** A client in the eyes of BullMQ: it hears the notifications of one connection after the other. */
class Ears extends EventEmitter {
  query(): Promise<{ rows: never[] }> {
    return Promise.resolve({ rows: [] })
  }
}
