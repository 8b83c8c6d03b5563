import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'
import { connectTold, type ToldSender } from './told-sender.ts'

const customer = '15550142277'

let hermod: TestService
let sender: ToldSender
beforeAll(async () => {
  hermod = await startTestService()
  sender = await connectTold(hermod)
})
afterAll(() => hermod.stop())

const echo = (id: string, message: Record<string, unknown> = {}) => ({
  field: 'smb_message_echoes',
  value: {
    metadata: sender.metadata,
    message_echoes: [
      {
        from: sender.metadata.display_phone_number,
        to: customer,
        id,
        timestamp: '1763720400',
        type: 'text',
        text: { body: 'I answer from my phone.' },
        ...message,
      },
    ],
  },
})

async function messagesTo(address: string): Promise<Record<string, unknown>[]> {
  const { body } = await hermod.call('GET', `/messages?to=${address}`, { key: sender.key })
  return body.data
}

test('a message from the phone app is part of the conversation, marked as not ours, and never sent', async () => {
  const before = await hermod.call('GET', '/analytics/summary', { key: sender.key })
  await sender.report([echo('wamid.echo-1')])
  await sender.report([echo('wamid.echo-1')])
  const { data } = await sender.untilTold(({ type }) => type === 'message.echoed', 'the echo')
  const shown = {
    origin: 'business_app',
    to: customer,
    type: 'text',
    body: 'I answer from my phone.',
    externalId: 'wamid.echo-1',
    content: { message: 'I answer from my phone.' },
  }
  expect(data).toMatchObject({ ...shown, session: sender.session, contentTruncated: false })
  const found = await messagesTo(customer)
  expect(found).toMatchObject([{ ...shown, id: data['messageId'], direction: 'outbound', status: 'sent' }])
  const { body } = await hermod.call('GET', `/messages/${data['messageId']}`, { key: sender.key })
  expect(body.data).toMatchObject({ ...shown, attempts: [], timeline: [{ status: 'sent' }] })
  expect(sender.told().filter(({ type }) => type === 'message.echoed')).toHaveLength(1)
  expect(hermod.graph.control.ledger.stats.accepted).toBe(0)
  const after = await hermod.call('GET', '/analytics/summary', { key: sender.key })
  expect(after.body).toEqual(before.body)
})

test('receipts of it move it and count nowhere', async () => {
  await sender.report([echo('wamid.echo-2', { to: '15550142278' })])
  const before = await hermod.call('GET', '/analytics/summary', { key: sender.key })
  const receipt = { id: 'wamid.echo-2', status: 'read', timestamp: '1763720500' }
  await sender.report([{ field: 'messages', value: { metadata: sender.metadata, statuses: [receipt] } }])
  expect(await messagesTo('15550142278')).toMatchObject([{ status: 'read', origin: 'business_app' }])
  const after = await hermod.call('GET', '/analytics/summary', { key: sender.key })
  expect(after.body).toEqual(before.body)
})

test('one that failed cannot be tried again: it was not sent here', async () => {
  await sender.report([echo('wamid.echo-3', { to: '15550142279' })])
  const receipt = { id: 'wamid.echo-3', status: 'failed', timestamp: '1763720500' }
  await sender.report([{ field: 'messages', value: { metadata: sender.metadata, statuses: [receipt] } }])
  const [message] = await messagesTo('15550142279')
  expect(message).toMatchObject({ status: 'failed' })
  const answer = await hermod.call('POST', `/messages/${String(message?.['id'])}/retry`, { key: sender.key })
  expect(answer.status).toBe(409)
})

test('an echo of a message of ours is no second one', async () => {
  const { wamid } = await sender.send('15550142280')
  await sender.report([{ ...echo(wamid, { to: '15550142280' }), field: 'message_echoes' }])
  expect(await messagesTo('15550142280')).toMatchObject([{ externalId: wamid, origin: null }])
})

test('a customer who stops marketing is warned of, and no longer once they resume', async () => {
  const to = '15550142281'
  const wish = (value: string, timestamp: number) => ({
    field: 'user_preferences',
    value: {
      metadata: sender.metadata,
      user_preferences: [{ wa_id: to, category: 'marketing_messages', value, timestamp }],
    },
  })
  const sendTemplate = async () => {
    const body = { to, template: { name: 'sale', language: 'en_US' } }
    return (await hermod.call('POST', '/send-message', { key: sender.key, body })).body.data
  }
  await sender.report([wish('stop', 1_763_720_500)])
  // An older wish that comes later changes nothing.
  await sender.report([wish('resume', 1_763_720_400)])
  expect((await sendTemplate()).warning).toContain('recipient_opted_out')
  const text = await hermod.call('POST', '/send-message', { key: sender.key, body: { to, message: 'Hi' } })
  expect(String(text.body.data.warning ?? '')).not.toContain('recipient_opted_out')
  await sender.report([wish('resume', 1_763_720_600)])
  expect((await sendTemplate()).warning).toBeUndefined()
})

test('a message from the phone app to a group belongs to the group, and to no private conversation', async () => {
  const group = 'Y2FwaV9ncm91cDoxNTU1MDE0MjI3Nzo5OQ=='
  const member = '15550142299'
  await sender.report([echo('wamid.echo-group', { to: member, group_id: group })])
  await sender.untilTold(({ data }) => data['externalId'] === 'wamid.echo-group', 'the echo')
  expect(await messagesTo(encodeURIComponent(group))).toMatchObject([{ to: group, origin: 'business_app' }])
  expect(await messagesTo(member)).toEqual([])
})

test('a recipient who is named by number and user id is one person', async () => {
  const userId = 'US.13491208655302741999'
  const number = '15550142288'
  await sender.report([echo('wamid.echo-both', { to: number, to_user_id: userId })])
  await sender.untilTold(({ data }) => data['externalId'] === 'wamid.echo-both', 'the echo')
  expect(await messagesTo(userId)).toMatchObject([{ externalId: 'wamid.echo-both' }])
})
