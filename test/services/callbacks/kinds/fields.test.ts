import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'
import { fieldSamples } from '../../../wire/meta/samples/callback-fields.ts'
import { businessNumber, phoneNumberId, type FieldSample } from '../../../wire/meta/samples/sample.ts'
import { connectTold, type Told, type ToldSender } from './told-sender.ts'

let hermod: TestService
let sender: ToldSender
beforeAll(async () => {
  hermod = await startTestService()
  sender = await connectTold(hermod, { number: businessNumber })
})
afterAll(() => hermod.stop())

/** Events of account_update that say something of the account's health; the others are handed on. */
const healthEvents = new Set([
  'ACCOUNT_DELETED',
  'ACCOUNT_OFFBOARDED',
  'ACCOUNT_RECONNECTED',
  'ACCOUNT_RESTRICTION',
  'ACCOUNT_VIOLATION',
  'DISABLED_UPDATE',
  'PARTNER_REMOVED',
])

/** The event that a field leads to; a field that is not here is a notification. */
const typesByField: Record<string, (sample: FieldSample) => string> = {
  account_update: ({ value }) =>
    healthEvents.has(String(value['event'])) ? 'session.health_updated' : 'provider.notification',
  account_alerts: () => 'session.health_updated',
  account_review_update: () => 'session.health_updated',
  business_status_update: () => 'session.health_updated',
  business_capability_update: () => 'session.health_updated',
  phone_number_name_update: () => 'session.health_updated',
  phone_number_quality_update: ({ value }) =>
    // The dashboard's sample names a number that is nobody's.
    value['display_phone_number'] === businessNumber ? 'session.health_updated' : 'provider.notification',
  message_template_quality_update: () => 'template.updated',
  message_template_components_update: () => 'template.updated',
  message_template_status_update: () => 'template.updated',
  template_category_update: () => 'template.updated',
  template_correct_category_detection: () => 'template.updated',
  smb_message_echoes: () => 'message.echoed',
  message_echoes: () => 'message.echoed',
  user_preferences: () => 'contact.preferences_updated',
  messages: ({ value }) => ('messages' in value ? 'message.received' : 'provider.notification'),
}

/** News of a template's status change the list of templates, and have a test of their own. */
const samples = fieldSamples.filter(
  ({ field, value }) => field !== 'message_template_status_update' || !('event' in value),
)

/** The sample, about this account's number. */
function ours<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(phoneNumberId, sender.phoneNumberId))
}

/** The part of Meta's value that the event repeats. */
function saidIn(type: string, field: string, value: Record<string, any>): unknown {
  switch (type) {
    case 'message.echoed':
      return value['message_echoes'][0]
    case 'contact.preferences_updated':
      return value['user_preferences'][0]
    case 'message.received':
      return value['messages'][0].id
    default:
      return field === 'messages' ? { errors: value['errors'] } : value
  }
}

function heardIn({ type, data }: Told): unknown {
  if (type === 'message.received') return data['externalId']
  return type === 'message.echoed' || type === 'contact.preferences_updated' ? data['raw'] : data['value']
}

let seconds = 1_763_720_400

describe('what Meta tells of', () => {
  test.each(samples)('$name reaches the app', async (sample) => {
    const type = typesByField[sample.field]?.(sample) ?? 'provider.notification'
    const value = ours(sample.value)
    seconds += 1
    const at = new Date(seconds * 1_000).toISOString()
    await sender.report([{ field: sample.field, value }], { time: seconds })
    const said = saidIn(type, sample.field, value)
    const isIt = (event: Told) =>
      event.type === type &&
      isDeepStrictEqual(heardIn(event), said) &&
      (event.data['valueTruncated'] === undefined || event.timestamp === at)
    const event = await sender.untilTold(isIt, `${type} for ${sample.name}`)
    if (event.data['session'] !== undefined) expect(event.data['session']).toBe(sender.session)
    if (event.data['field'] !== undefined) {
      expect(event.data).toMatchObject({ field: sample.field, valueTruncated: false, at })
    }
  })

  test('a sender’s health is its newest news, aspect by aspect', async () => {
    const number = { display_phone_number: businessNumber }
    const quality = (event: string, limit: string, time: number) =>
      sender.report(
        [{ field: 'phone_number_quality_update', value: { ...number, event, current_limit: limit } }],
        { time },
      )
    await quality('DOWNGRADE', 'TIER_2K', 1_800_000_100)
    await quality('UPGRADE', 'TIER_10K', 1_800_000_000)
    const ban = { waba_ban_state: 'DISABLE', waba_ban_date: 'November 18, 2026' }
    await sender.report([{ field: 'account_update', value: { event: 'DISABLED_UPDATE', ban_info: ban } }], {
      time: 1_800_000_200,
    })
    const name = { ...number, decision: 'APPROVED', requested_verified_name: 'Fern & Daughters' }
    await sender.report([{ field: 'phone_number_name_update', value: name }], { time: 1_800_000_300 })
    const { body } = await hermod.call('GET', `/sessions/${sender.session}`, { key: sender.key })
    expect(body.data).toMatchObject({
      verifiedName: 'Fern & Daughters',
      health: {
        quality: { event: 'DOWNGRADE' },
        messagingLimit: { limit: 'TIER_2K', at: new Date(1_800_000_100_000).toISOString() },
        account: { state: 'disabled', event: 'DISABLED_UPDATE', until: 'November 18, 2026' },
        name: { decision: 'APPROVED', requested: 'Fern & Daughters' },
      },
    })
  })

  test('comes once, however often Meta repeats it', async () => {
    const change = { field: 'security', value: { event: 'PIN_CHANGED', once: true } }
    for (const _time of [1, 2, 3]) await sender.report([change], { time: 1_763_000_000 })
    await sender.report([{ field: 'security', value: { event: 'PIN_CHANGED', last: true } }])
    await sender.untilTold(({ data }) => data['value']?.last === true, 'the last of them')
    expect(sender.told().filter(({ data }) => data['value']?.once === true)).toHaveLength(1)
  })

  test('is told to nobody who only claims the business', async () => {
    const thief = await connectTold(hermod, { number: '15550199999' })
    await hermod.call('PATCH', `/sessions/${thief.session}`, {
      key: thief.key,
      body: { credentials: { businessAccountId: sender.businessId } },
    })
    const secret = { field: 'account_review_update', value: { decision: 'REJECTED', secret: true } }
    await sender.report([secret])
    await sender.untilTold(({ data }) => data['value']?.secret === true, 'the owner to hear it')
    await thief.report([{ field: 'security', value: { after: true } }])
    await thief.untilTold(({ data }) => data['value']?.after === true, 'the other to hear its own')
    expect(thief.told().filter(({ data }) => data['value']?.secret === true)).toEqual([])
  })

  test('of a template whose list nobody reads is handed on like any other', async () => {
    const field = 'message_template_status_update'
    const value = {
      event: 'REJECTED',
      message_template_id: 7,
      message_template_name: 'unread',
      message_template_language: 'en_US',
      reason: 'SCAM',
    }
    await sender.report([{ field, value }], { time: 1_763_000_000 })
    const { type, data } = await sender.untilTold(
      (told) => told.data['value']?.message_template_name === 'unread',
      'the news',
    )
    expect([type, data['event'], data['value']]).toEqual(['provider.notification', 'REJECTED', value])
    expect(data['businessAccountId']).toBe(sender.businessId)
  })

  test('stays with the number and the business that it is about when a sender gets another number', async () => {
    const mover = await connectTold(hermod, { number: '15550199998' })
    const { phoneNumberId: left } = mover
    const value = {
      metadata: mover.metadata,
      event: 'DISABLED_UPDATE',
      ban_info: { waba_ban_state: 'DISABLE' },
    }
    await mover.report([{ field: 'account_update', value }])
    const read = async () =>
      (await hermod.call('GET', `/sessions/${mover.session}`, { key: mover.key })).body.data
    expect(await read()).toMatchObject({ phoneNumberId: left, health: { account: { state: 'disabled' } } })
    const next = { id: `${left}7`, token: `EAAtold${left}7` }
    hermod.graph.control.addPhone({ id: next.id, wabaId: '77001', tokens: [next.token] })
    await hermod.call('PATCH', `/sessions/${mover.session}`, {
      key: mover.key,
      body: { credentials: { phoneNumberId: next.id, accessToken: next.token } },
    })
    expect(await read()).toMatchObject({ phoneNumberId: next.id, health: null })
    await hermod.call('POST', `/sessions/${mover.session}/verify`, { key: mover.key })
    await mover.report([{ field: 'account_review_update', value: { decision: 'REJECTED', left: true } }])
    await sender.report([{ field: 'security', value: { moved: true } }])
    await sender.untilTold(({ data }) => data['value']?.moved === true, 'what came later')
    expect(mover.told().filter(({ data }) => data['value']?.left === true)).toEqual([])
  })
})
