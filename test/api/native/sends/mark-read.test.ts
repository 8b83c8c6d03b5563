import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../../../../src/services/accounts/api-keys.ts'
import { inboundCallback, postCallback } from '../../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { connectSender, type TestSender } from '../../../support/senders.ts'
import { startTestService, until, type Answer, type TestService } from '../../../support/service.ts'
import { readSamples } from '../../../wire/meta/samples/sends.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())
afterEach(() => hermod.graph.control.rules.clear())

let written = 0

/** A sender to whom a customer has written, and the id of that message. */
async function heard(): Promise<{ sender: TestSender; id: string; wamid: string }> {
  const sender = await connectSender(hermod)
  await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
  written += 1
  const wamid = `wamid.read-${written}`
  await postCallback(hermod, inboundCallback(sender.phoneNumberId, wamid))
  const { body } = await until(
    () => hermod.call('GET', '/messages?direction=inbound', { key: sender.key }),
    (answer) => answer.body.data.length === 1,
    'an inbound message',
  )
  return { sender, id: body.data[0].id, wamid }
}

function markRead(key: string, id: string, body?: unknown): Promise<Answer> {
  return hermod.call('POST', `/messages/${id}/read`, { key, ...(body !== undefined && { body }) })
}

const readsOf = ({ phoneNumberId }: TestSender) =>
  hermod.graph.control.ledger.reads.filter((read) => read.phoneNumberId === phoneNumberId)

test.each(readSamples)('Meta is asked as documented: $name', async ({ body: documented }) => {
  const { sender, id, wamid } = await heard()
  const typing = documented['typing_indicator'] !== undefined
  const answer = await markRead(sender.key, id, { typing })
  expect(answer).toMatchObject({ status: 200, body: { success: true, data: { id } } })
  expect(readsOf(sender).map(({ body }) => body)).toEqual([{ ...documented, message_id: wamid }])
})

test('nothing has to be said beside the message', async () => {
  const { sender, id, wamid } = await heard()
  expect((await markRead(sender.key, id)).status).toBe(200)
  expect(readsOf(sender)[0]?.body).toEqual({
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: wamid,
  })
})

test('repeating it does no harm: the message was read when it was first', async () => {
  const { sender, id } = await heard()
  const before = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
  expect(before.body.data.readAt).toBeNull()
  const first = await markRead(sender.key, id)
  const again = await markRead(sender.key, id, { typing: true })
  expect(again.body).toEqual(first.body)
  const after = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
  expect(after.body.data).toMatchObject({ status: 'received', readAt: first.body.data.readAt })
})

test('a message that was sent to a customer cannot be marked', async () => {
  const { sender } = await heard()
  const id = await sender.send()
  expectRefusal(await markRead(sender.key, id), { status: 409, code: 'message_not_inbound' })
})

test('a message that is not there, or another’s, is not found', async () => {
  const { id } = await heard()
  const other = await connectSender(hermod)
  const nobodys = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'
  expectRefusal(await markRead(other.key, id), { status: 404, code: 'message_not_found' })
  expectRefusal(await markRead(other.key, nobodys), { status: 404, code: 'message_not_found' })
})

test('a body with something else in it is refused', async () => {
  const { sender, id } = await heard()
  expectInvalid(await markRead(sender.key, id, { typing: 'yes' }), 'body.typing')
  expectInvalid(await markRead(sender.key, id, { read: true }), 'body.read')
  expectInvalid(await markRead(sender.key, 'seven'), 'params.id')
  expect(readsOf(sender)).toEqual([])
})

test('a test key reaches no customer', async () => {
  const { sender, id } = await heard()
  const { body: me } = await hermod.call('GET', '/auth/me', { key: sender.key })
  const { secret } = await createApiKey(hermod.service.ctx, {
    accountId: me.data.id,
    name: 'test',
    mode: 'test',
  })
  expectRefusal(await markRead(secret, id), { status: 403, code: 'forbidden' })
  expect(readsOf(sender)).toEqual([])
})

test.each([
  ['Meta does not know the message', { kind: 'error', code: 131_009 }, 422, 'read_refused'],
  ['Meta refuses the token', { kind: 'error', code: 190 }, 422, 'credentials_rejected'],
  ['Meta throttles', { kind: 'error', code: 130_429 }, 503, 'provider_unreachable'],
  ['Meta is away', { kind: 'html', status: 502 }, 503, 'provider_unreachable'],
  ['the line breaks', { kind: 'drop', accepted: true }, 503, 'provider_unreachable'],
] as const)('when %s, the app is told and can repeat it', async (_what, outcome, status, code) => {
  const { sender, id } = await heard()
  hermod.graph.control.rules.add({
    when: { type: 'read', phoneNumberId: sender.phoneNumberId },
    times: 1,
    outcome,
  })
  const refused = await markRead(sender.key, id)
  expectRefusal(refused, { status, code })
  expect(refused.headers.has('retry-after')).toBe(status === 503)
  const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
  expect(body.data.readAt).toBeNull()
  expect((await markRead(sender.key, id)).status).toBe(200)
})

test('a sender that is stopped says so', async () => {
  const { sender, id } = await heard()
  hermod.graph.control.expireToken(sender.accessToken)
  await sender.send()
  await until(
    () => hermod.call('GET', '/sessions', { key: sender.key }),
    ({ body }) => body.data.some(({ state }: { state: string }) => state === 'stopped'),
    'a stopped sender',
  )
  // Another process may have looked the sender up a moment ago.
  const refused = await until(
    () => markRead(sender.key, id),
    ({ body }) => body.code === 'session_stopped',
    'a refusal',
  )
  expectRefusal(refused, { status: 409, code: 'session_stopped' })
})
