import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openInbox, type Inbox } from '../../support/inbox.ts'
import { expectInvalid } from '../../support/refusal.ts'
import { startTestService, type Answer, type TestService } from '../../support/service.ts'
import { groupId } from '../../wire/meta/samples/sample.ts'

let hermod: TestService
let inbox: Inbox
beforeAll(async () => {
  hermod = await startTestService()
  inbox = await openInbox(hermod)
})
afterAll(() => hermod.stop())

let members = 0

/** A member of a group says something there. Resolves with the member's number and the message. */
async function sayInGroup(group = groupId) {
  members += 1
  const member = `1415555${String(9_000 + members)}`
  const wamid = `wamid.in-group-${members}`
  await inbox.receive({
    from: member,
    group_id: group,
    id: wamid,
    timestamp: String(Math.floor(Date.now() / 1_000)),
    type: 'text',
    text: { body: 'What does everyone think?' },
  })
  const { read } = await inbox.message(wamid)
  return { member, wamid, id: String(read['id']), read }
}

const send = (body: object): Promise<Answer> =>
  hermod.call('POST', '/send-message', { key: inbox.key, body: { message: 'All of you are right', ...body } })

const listOf = async (query: string): Promise<{ id: string }[]> =>
  (await hermod.call('GET', `/messages?${query}&limit=200`, { key: inbox.key })).body.data

describe('a message of a group', () => {
  test('is from its member and belongs to the group', async () => {
    const { member, id, read } = await sayInGroup()
    expect(read).toMatchObject({ from: member, group: { id: groupId } })
    const inGroup = await listOf(`direction=inbound&to=${groupId}`)
    expect(inGroup.map((message) => message.id)).toContain(id)
    expect(await listOf(`direction=inbound&to=${member}`)).toEqual([])
  })

  test('opens the window of nobody', async () => {
    // Whoever has an open window at all is warned of those that are closed.
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const text = { type: 'text', text: { body: 'In private' } }
    await inbox.receive({ from: '14155558999', id: 'wamid.private', timestamp, ...text })
    const { member } = await sayInGroup()
    for (const address of [member, groupId]) {
      const { body } = await hermod.call('GET', `/contacts/${address}/window`, { key: inbox.key })
      expect(body.data).toMatchObject({ open: false, lastInboundAt: null })
    }
    expect((await send({ to: member })).body.data).toHaveProperty('warning')
  })

  test.each([
    ['our id', 'replyTo', ({ id }: { id: string }) => ({ replyTo: id })],
    ['its wamid', 'replyTo', ({ wamid }: { wamid: string }) => ({ replyTo: wamid })],
    [
      'a reaction',
      'reaction.messageId',
      ({ id }: { id: string }) => ({ message: undefined, reaction: { messageId: id, emoji: '👍' } }),
    ],
  ])('named by %s is not answered in private', async (_what, field, reference) => {
    const said = await sayInGroup()
    const refused = await send({ to: said.member, ...reference(said) })
    expectInvalid(refused, `body.${field}`)
    expect(JSON.stringify(refused.body.details)).toContain(groupId)
    expect((await send({ to: groupId, ...reference(said) })).status).toBe(202)
  })
})

describe('a message to a group', () => {
  test('reaches Meta as one, without a warning, and can be listed by the group', async () => {
    const { wamid } = await sayInGroup()
    const answer = await send({ to: groupId, replyTo: wamid })
    expect(answer.status).toBe(202)
    expect(answer.body.data).not.toHaveProperty('warning')
    const { id } = answer.body.data
    await hermod.messageUntil(inbox.key, id, ({ status }) => status === 'read')
    expect(hermod.graph.control.ledger.byCorrelation(id)[0]?.body).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'group',
      to: groupId,
      type: 'text',
      text: { body: 'All of you are right' },
      context: { message_id: wamid },
      biz_opaque_callback_data: id,
    })
    expect((await listOf(`to=${groupId}`)).map((message) => message.id)).toContain(id)
  })

  test.each(['a-group-of-tomorrow', 'G'.repeat(256)])(
    'that Meta has named in a form of its own is good everywhere, and no other: %s',
    async (group) => {
      const reads = [
        [`/messages?with=${group}`, 'query.with'],
        [`/messages?to=${group}`, 'query.to'],
        [`/contacts/${group}/window`, 'params.address'],
      ] as const
      const read = (path: string, key = inbox.key) => hermod.call('GET', path, { key })
      expectInvalid(await send({ to: group }), 'body.to')
      for (const [path, field] of reads) expectInvalid(await read(path), field)
      const { id } = await sayInGroup(group)
      const sent = await send({ to: group })
      expect(sent.status).toBe(202)
      const talk = await listOf(`with=${group}&order=asc`)
      expect(talk.map((message) => message.id)).toEqual([id, sent.body.data.id])
      expect(await listOf(`to=${group}`)).toHaveLength(1)
      expect((await read(`/contacts/${group}/window`)).body.data).toMatchObject({ open: false })
      const stranger = await hermod.register()
      const foreign = await hermod.call('POST', '/send-message', {
        key: stranger,
        body: { to: group, message: 'Hi', session: 'sandbox' },
      })
      expectInvalid(foreign, 'body.to')
      for (const [path, field] of reads) expectInvalid(await read(path, stranger), field)
    },
  )
})

test('a message of a time that is still to come counts as of the time when it came', async () => {
  const text = { type: 'text', text: { body: 'From the year 5138' } }
  await inbox.receive({ from: '14155558998', id: 'wamid.future', timestamp: '99999999999', ...text })
  await inbox.message('wamid.future')
  const { body } = await hermod.call('GET', '/contacts/14155558998/window', { key: inbox.key })
  expect(body.data.open).toBe(true)
  expect(Date.parse(body.data.lastInboundAt)).toBeLessThanOrEqual(Date.now())
})
