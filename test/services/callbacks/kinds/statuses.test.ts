import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'
import type { StatusSample } from '../../../wire/meta/samples/sample.ts'
import { specialStatuses } from '../../../wire/meta/samples/statuses-special.ts'
import { failedStatuses, otherStatuses, personalStatuses } from '../../../wire/meta/samples/statuses.ts'
import { connectTold, type ToldSender } from './told-sender.ts'

let hermod: TestService
let sender: ToldSender
beforeAll(async () => {
  hermod = await startTestService()
  sender = await connectTold(hermod)
})
afterAll(() => hermod.stop())

async function messageOf(id: string): Promise<Record<string, any>> {
  return (await hermod.call('GET', `/messages/${id}`, { key: sender.key })).body.data
}

async function report(status: Record<string, unknown>, beside: Record<string, unknown> = {}): Promise<void> {
  const value = { messaging_product: 'whatsapp', metadata: sender.metadata, ...beside, statuses: [status] }
  await sender.report([{ field: 'messages', value }])
}

const receipts: readonly StatusSample[] = [...personalStatuses, ...failedStatuses, ...otherStatuses]

describe('a receipt', () => {
  test.each(receipts)('$name: Meta’s words stand beside ours, in GET and in the event', async (sample) => {
    const { id, wamid } = await sender.send()
    // The sample, about a message of ours that nothing but its wamid tells.
    const { biz_opaque_callback_data: _ours, ...said } = sample.payload
    await report({ ...said, id: wamid }, sample.contacts === undefined ? {} : { contacts: sample.contacts })
    const message = await messageOf(id)
    const [error] = Array.isArray(said['errors']) ? said['errors'] : []
    expect(message['status']).toBe(said['status'] === 'played' ? 'read' : said['status'])
    const words = {
      ...(error !== undefined && { code: error.code, title: error.title, href: error.href }),
      ...(error?.error_data !== undefined && { details: error.error_data.details }),
      ...(said['pricing'] !== undefined && { pricing: said['pricing'] }),
      ...(said['conversation'] !== undefined && { conversation: said['conversation'] }),
    }
    if (Object.keys(words).length > 0) expect(message['provider']).toMatchObject(words)
    if (said['status'] === 'sent') return
    const event = await sender.untilTold(
      ({ type, data }) => type === `message.${message['status']}` && data['messageId'] === id,
      `the event of ${sample.name}`,
    )
    if (Object.keys(words).length > 0) expect(event.data['provider']).toMatchObject(words)
  })

  test('with a code that no table has is a failure of the provider’s, and keeps its number', async () => {
    const { id, wamid } = await sender.send()
    const errors = [{ code: 131_999, title: 'Something new' }]
    await report({ id: wamid, status: 'failed', timestamp: '1763720460', errors })
    expect(await messageOf(id)).toMatchObject({
      errorCode: 'provider_error',
      provider: { code: 131_999, title: 'Something new' },
    })
  })
})

test.each(specialStatuses)('$name is no receipt: it is handed on, and moves no message', async (sample) => {
  const { id, wamid } = await sender.send()
  const said = { ...sample.payload, id: wamid }
  await report(said)
  const event = await sender.untilTold(
    ({ type, data }) => type === 'provider.notification' && data['value'].statuses?.[0]?.id === wamid,
    `news of ${sample.name}`,
  )
  expect(event.data).toMatchObject({
    session: sender.session,
    field: 'messages',
    value: { statuses: [said] },
  })
  expect((await messageOf(id))['status']).toBe('sent')
})

test('a refusal keeps Meta’s number and words, of a code that we know as of one that we do not', async () => {
  hermod.graph.control.rules.add({ when: { to: '15550142299' }, outcome: { kind: 'error', code: 134_011 } })
  const body = { to: '15550142299', message: 'Hi' }
  const answer = await hermod.call('POST', '/send-message', { key: sender.key, body })
  const message = await hermod.messageUntil(
    sender.key,
    answer.body.data.id,
    ({ status }) => status === 'failed',
  )
  expect(message).toMatchObject({ errorCode: 'policy_refused', provider: { code: 134_011 } })
  const session = await hermod.call('GET', `/sessions/${sender.session}`, { key: sender.key })
  expect(session.body.data.state).toBe('active')
})

test('whatever Meta adds, at any level of a callback of receipts, is in the event or in GET', async () => {
  const novelty = fc.record({
    place: fc.constantFrom(
      'entry',
      'change',
      'value',
      'metadata',
      'status',
      'pricing',
      'conversation',
      'error',
      'contact',
    ),
    key: fc.stringMatching(/^new_[a-z]{3,8}$/),
    value: fc.stringMatching(/^fresh[a-z0-9]{12}$/),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(novelty, { minLength: 1, maxLength: 5 }), async (novelties) => {
      const { id, wamid } = await sender.send()
      const extra = (place: string) =>
        Object.fromEntries(
          novelties.filter((one) => one.place === place).map(({ key, value }) => [key, { nested: [value] }]),
        )
      const status = {
        id: wamid,
        status: 'failed',
        timestamp: '1763720460',
        pricing: { billable: true, ...extra('pricing') },
        conversation: { id: 'c', ...extra('conversation') },
        errors: [{ code: 131_026, title: 'Message undeliverable', ...extra('error') }],
        ...extra('status'),
      }
      const value = {
        metadata: { ...sender.metadata, ...extra('metadata') },
        contacts: [{ wa_id: '15550142233', ...extra('contact') }],
        statuses: [status],
        ...extra('value'),
      }
      await sender.report([{ field: 'messages', value, ...extra('change') }], extra('entry'))
      const shown = JSON.stringify(await messageOf(id))
      const last = new Map(novelties.map((one) => [`${one.place} ${one.key}`, one.value]))
      for (const added of last.values()) {
        if (shown.includes(added)) continue
        await sender.untilTold((event) => JSON.stringify(event).includes(added), `${added} to be told`)
      }
    }),
    { numRuns: 25 },
  )
})

test('whatever field Meta adds is handed on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[a-z_]{3,20}$/),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 3 }), {
        minKeys: 1,
        maxKeys: 4,
      }),
      fc.uuid(),
      async (name, rest, mark) => {
        const field = `new_${name}`
        const value = { ...rest, mark_of_this_run: mark }
        await sender.report([{ field, value }])
        const event = await sender.untilTold(({ data }) => data['value']?.mark_of_this_run === mark, mark)
        expect(event).toMatchObject({ type: 'provider.notification', data: { field } })
      },
    ),
    { numRuns: 25 },
  )
})
