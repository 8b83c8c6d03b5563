import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { MessageState } from '../../../src/domain/messages/message.ts'
import { countMessages, listMessages, type MessageFilter } from '../../../src/db/stores/messages/list.ts'
import { writeTransitions } from '../../../src/db/stores/messages/transition.ts'
import { insertBatch, insertMessages } from '../../../src/db/stores/messages/accept.ts'
import { commandDevice } from '../../../src/db/stores/devices/devices.ts'
import { createPostgresPacer } from '../../../src/db/stores/dispatch/pacer.ts'
import { createPostgresRateCounter } from '../../../src/db/stores/accounts/rate-counter.ts'
import { encryptedColumns, listEncrypted } from '../../../src/db/stores/operations/encrypted-columns.ts'
import { saveTemplates } from '../../../src/db/stores/templates/templates.ts'
import { findElsewhere } from '../../../src/db/stores/contacts/conversations.ts'
import { listVerifications } from '../../../src/db/stores/otp/read.ts'
import { findDelivery } from '../../../src/db/stores/webhooks/delivery-log.ts'
import { anything, recordingDb, type Statements } from './recorder.ts'

const folder = fileURLToPath(new URL('../../../src/db/stores/', import.meta.url))

/** Every statement that the stores can run, recorded by calling every function of theirs. */
export async function recordStatements(): Promise<Statements> {
  const statements: Statements = new Map()
  const db = recordingDb(statements)
  for (const file of await storeFiles()) {
    const store: Record<string, unknown> = await import(folder + file)
    for (const act of Object.values(store)) {
      // Functions that need more than any argument, or that write through Prisma, fail; those of ours follow below.
      if (typeof act === 'function')
        await Promise.resolve()
          .then(() => act(db, anything, anything, anything))
          .catch(() => null)
    }
  }
  await recordOthers(statements)
  return statements
}

/** Statements that depend on what they are asked. */
async function recordOthers(statements: Statements): Promise<void> {
  const db = recordingDb(statements)
  for (const charging of [false, true]) {
    await insertMessages(db, [], { charging })
    await insertBatch(db, anything, [], { idempotency: null, charging })
  }
  for (const payment of [0, 1]) {
    const state: MessageState = anything
    const transition = { before: state, after: state, changed: true, entries: [], payment, newEvents: [] }
    await writeTransitions(db, [transition])
  }
  for (const filter of filters) {
    for (const order of ['newest', 'oldest'] as const) {
      await listMessages(db, filter, { order, cursor: null, limit: 20, offset: 0 })
    }
    await countMessages(db, filter, 10_000)
  }
  for (const kind of Object.keys(encryptedColumns)) {
    await listEncrypted(db, kind as keyof typeof encryptedColumns, id, 100)
  }
  await commandDevice(db, { sessionId: id, command: 'connect', reason: null })
  await findElsewhere(db, id, [])
  for (const address of [null, '14155552671']) {
    const all = { accountId: id, service: null, address, status: null, from: null, before: null, limit: 20 }
    await listVerifications(db, all)
  }
  const pacer = createPostgresPacer(db)
  await pacer.reserve({ key: 'k', wanted: 1, ratePerSecond: 1, requeued: false }).catch(() => null)
  await pacer.hold('k', 1)
  await createPostgresRateCounter(db).add([{ key: 'k', amount: 1, endsAt: new Date(0) }])
  await saveTemplates(db, anything, { fetchedAt: new Date(0), templates: [] })
  const found = { id, eventId: id }
  await findDelivery(
    {
      ...db,
      query: async (name, text, values) => {
        await db.query(name, text, values)
        return [found] as never[]
      },
    },
    id,
    id,
  ).catch(() => null)
}

const id = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'
const nothing: MessageFilter = {
  accountId: id,
  direction: 'outbound',
  status: null,
  batchId: null,
  addresses: null,
  sessionId: null,
  from: null,
  to: null,
}
/** One filter for each way to walk the messages, alone and with a span of time. */
const filters: MessageFilter[] = [
  nothing,
  { ...nothing, batchId: id },
  { ...nothing, addresses: ['14155552671'] },
  { ...nothing, sessionId: id },
  { ...nothing, addresses: ['14155552671'], sessionId: id, from: new Date(0), to: new Date(0) },
]

/** The names of the statements in the source: those that no recording has would have no snapshot. */
export async function namesInSource(): Promise<string[]> {
  const texts = await Promise.all((await storeFiles()).map((file) => readFile(folder + file, 'utf8')))
  const name = /(?:query(?:<[^(]*>)?\(\s*|\[|\? \[?)'([a-z]+(?:-[a-z]+)+)'/g
  return [...new Set(texts.flatMap((text) => [...text.matchAll(name)].map(([, found = '']) => found)))]
}

async function storeFiles(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true })
  return entries.filter((entry) => entry.endsWith('.ts')).toSorted()
}
