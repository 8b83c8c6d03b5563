import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AcceptedMessage } from '../../fakes/graph-api/ledger.ts'
import { phone as phoneShape } from '../../fakes/graph-api/options.ts'
import { pack, statusUpdate, type Update } from '../../fakes/graph-api/updates.ts'
import { startTestService, until, type MessageView, type TestService } from '../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService({ graph: { callbacks: { statuses: [] } } })
})
afterAll(() => hermod.stop())

type Word = 'sent' | 'delivered' | 'read' | 'failed'

/** Every order of everything that Meta can report, and of what it reports when less has happened. */
const plans: Word[][] = [
  ...permutations<Word>(['sent', 'delivered', 'read', 'failed']),
  ...permutations<Word>(['sent', 'delivered', 'failed']),
  ...permutations<Word>(['sent', 'failed']),
  ['read'],
]

/** The strongest proof decides. */
const finalStatus = (plan: readonly Word[]): Word | undefined =>
  (['read', 'delivered', 'failed', 'sent'] as const).find((word) => plan.includes(word))

/** Each update twice in a row, and the whole once more: Meta repeats what it likes. */
const withRepeats = (plan: readonly Word[]): Word[] => [...plan.flatMap((word) => [word, word]), ...plan]

/** How the updates of many messages travel. Each gets a list of updates for each message, in their order. */
const journeys: Record<string, (updates: Update[][]) => Promise<void>> = {
  'all in one callback': (updates) => post(transpose(updates).flat()),
  'one callback a message, all at once': async (updates) => {
    await Promise.all(updates.map(post))
  },
  'one callback an update, in turn, many messages at once': async (updates) => {
    await Promise.all(
      updates.map(async (ofMessage) => {
        for (const update of ofMessage) await post([update])
      }),
    )
  },
  'one callback an update, all at once': async (updates) => {
    await Promise.all(updates.flat().map((update) => post([update])))
  },
}

test.each(Object.entries(journeys))(
  'receipts in every order, with repeats, end in the right status with the full timeline: %s',
  async (_name, travel) => {
    const { key, messages } = await sentMessages(plans.length)
    await travel(messages.map((message, index) => updatesOf(message, withRepeats(plans[index] ?? []))))
    const views = await Promise.all(
      messages.map(async ({ correlationId }): Promise<MessageView> => {
        const answer = await hermod.call('GET', `/messages/${correlationId}`, { key })
        return answer.body.data
      }),
    )
    expect(views.map(({ status }) => status)).toEqual(plans.map(finalStatus))
    for (const [index, view] of views.entries()) {
      const told = new Set<string>(['queued', 'sent', ...(plans[index] ?? [])])
      expect(view.timeline.map(({ status }) => status).toSorted()).toEqual([...told].toSorted())
      expectTruthfulTimes(view)
    }
  },
)

function expectTruthfulTimes(view: MessageView): void {
  const arrived = view.status === 'delivered' || view.status === 'read'
  expect(view['sentAt']).not.toBeNull()
  expect(view['deliveredAt'] !== null).toBe(arrived)
  expect(view['readAt'] !== null).toBe(view.status === 'read')
  expect(view['failedAt'] !== null).toBe(view.status === 'failed')
  expect(view['errorMessage'] !== null).toBe(view.status === 'failed')
  const times = ['createdAt', 'sentAt', 'deliveredAt', 'readAt'].flatMap((field) => {
    const value = view[field]
    return typeof value === 'string' ? [value] : []
  })
  expect(times).toEqual(times.toSorted())
  const order = view.timeline.map(({ status }) => status).filter((status) => status !== 'failed')
  const natural = ['queued', 'sent', 'delivered', 'read'].filter((status) => order.includes(status))
  expect(order).toEqual(natural)
}

/** Messages of a fresh account that Meta has taken and not reported on. */
async function sentMessages(count: number): Promise<{ key: string; messages: AcceptedMessage[] }> {
  const key = await hermod.connect()
  const answers = await Promise.all(
    Array.from({ length: count }, (_unused, index) =>
      hermod.call('POST', '/send-message', {
        key,
        body: { to: String(14_155_550_000 + index), message: 'Hi' },
      }),
    ),
  )
  const ids: string[] = answers.map(({ body }) => body.data.id)
  await Promise.all(ids.map((id) => hermod.messageUntil(key, id, ({ status }) => status === 'sent')))
  const { ledger } = hermod.graph.control
  const messages = await until(
    () => ids.flatMap((id) => ledger.byCorrelation(id)),
    ({ length }) => length === count,
    'all messages at Meta',
  )
  return { key, messages }
}

const phone = phoneShape.parse({})

function updatesOf(message: AcceptedMessage, words: Word[]): Update[] {
  const sentSeconds = Math.ceil(message.at / 1_000)
  return words.map((status) =>
    statusUpdate(message, {
      phone,
      waId: message.to,
      status,
      atSeconds: sentSeconds + { sent: 0, delivered: 1, failed: 1, read: 2 }[status],
      failWith: 131026,
      priced: status === 'sent',
      category: null,
      version: 23,
    }),
  )
}

async function post(updates: Update[]): Promise<void> {
  expect(await hermod.graph.control.postCallback(pack(updates))).toBe(200)
}

/** The first of each, then the second of each, and so on. */
function transpose(lists: Update[][]): Update[][] {
  const longest = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_unused, index) => lists.flatMap((list) => list[index] ?? []))
}

function permutations<Item>(items: Item[]): Item[][] {
  if (items.length <= 1) return [items]
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  )
}
