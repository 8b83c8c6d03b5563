import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { until, type MessageView } from '../../support/service.ts'

let service: DeviceService
beforeAll(async () => {
  service = await startDeviceService()
})
afterAll(() => service.stop())

test('messages to more new people than a day allows wait and say so; people with a chat are written to', async () => {
  const { hermod, whatsApp } = service
  const phone = '27821234560'
  const { key, id } = await service.device(phone, { settings: { newChatsPerDay: 2 } })
  const send = (to: string) => service.send(key, { to, message: `to ${to}` })
  for (const to of ['5511999990401', '5511999990402']) {
    await hermod.messageUntil(key, await send(to), ({ status }) => status === 'delivered')
  }
  expect(await service.link(key, id)).toMatchObject({ newChats: { perDay: 2, used: 2, left: 0 } })
  const third = await send('5511999990403')
  const waiting = await hermod.messageUntil(key, third, (view) => view['waiting'] !== null)
  expect(waiting).toMatchObject({ status: 'queued', waiting: { code: 'new_chats_capped' }, attempts: [] })

  // A chat that there is, and one that the other side began.
  await hermod.messageUntil(key, await send('5511999990401'), ({ status }) => status === 'delivered')
  await whatsApp.control.inbound({ to: phone, from: '5511999990404', text: 'Hello?' })
  await until(
    async () => (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data,
    (messages) => messages.length === 1,
  )
  await hermod.messageUntil(key, await send('5511999990404'), ({ status }) => status === 'delivered')
  expect(whatsApp.control.ledger.byRecipient('5511999990403')).toEqual([])

  // Settings that change hold from then on.
  await hermod.call('PATCH', `/sessions/${id}`, { key, body: { settings: { newChatsPerDay: 10 } } })
  expect(await service.link(key, id)).toMatchObject({ newChats: { perDay: 10, used: 2, left: 8 } })
  await until(
    async () => {
      const fourth = await send('5511999990405')
      return hermod.messageUntil(
        key,
        fourth,
        (view) => view.status === 'delivered' || view['waiting'] !== null,
      )
    },
    ({ status }) => status === 'delivered',
  )
})

test('messages that come together count each new person once, and no more people than there is room for', async () => {
  const { hermod } = service
  const { key } = await service.device('27821234569', { settings: { newChatsPerDay: 3 } })
  const people = Array.from({ length: 6 }, (_, index) => `551199999060${index}`)
  const priorities = ['high', 'normal', 'high', 'normal'] as const
  const sent = await Promise.all(
    people.flatMap((to) =>
      priorities.map(async (priority, index) => ({
        to,
        id: await service.send(key, { to, priority, message: `${index} to ${to}` }),
      })),
    ),
  )
  const views = await Promise.all(
    sent.map(async ({ to, id }) => ({
      to,
      view: await hermod.messageUntil(
        key,
        id,
        (view) => view.status === 'delivered' || view['waiting'] !== null,
      ),
    })),
  )
  const written = new Set(views.filter(({ view }) => view.status === 'delivered').map(({ to }) => to))
  expect(written.size).toBe(3)
  expect(
    views
      .filter(({ to, view }) => written.has(to) && view.status !== 'delivered')
      .map(({ view }) => view['waiting']),
  ).toEqual([])
})

const dayMs = 24 * 3_600_000
const lifeMsOf = (view: MessageView): number =>
  Date.parse(String(view['expiresAt'])) - Date.parse(String(view['createdAt']))

test('a message that the cap holds back is not lost: the wait is no part of its life, unless its sender named one', async () => {
  const { hermod, whatsApp } = service
  const { key, id } = await service.device('27821234562', { settings: { newChatsPerDay: 0 } })
  const to = '5511999990410'
  const held = await service.send(key, { to, message: 'first' })
  const waits = (view: MessageView): boolean => view['waiting'] !== null
  expect(lifeMsOf(await hermod.messageUntil(key, held, waits))).toBeGreaterThan(dayMs)
  // One that follows it waits for the same reason.
  const next = await service.send(key, { to, message: 'second' })
  const behind = await hermod.messageUntil(key, next, waits)
  expect(behind).toMatchObject({ status: 'queued', waiting: { code: 'new_chats_capped' } })
  expect(lifeMsOf(behind)).toBeGreaterThan(dayMs)

  const named = await service.send(key, { to: '5511999990411', message: 'now or never', ttlSeconds: 1 })
  const expired = await hermod.messageUntil(key, named, ({ status }) => status === 'failed')
  expect(expired).toMatchObject({
    reason: 'expired',
    errorMessage: expect.stringContaining('as many new people as it may'),
  })

  // When there is more room they go out at once.
  await hermod.call('PATCH', `/sessions/${id}`, { key, body: { settings: { newChatsPerDay: 1 } } })
  await hermod.messageUntil(key, next, ({ status }) => status === 'delivered')
  expect(whatsApp.control.ledger.byRecipient(to)).toMatchObject([
    { content: { extendedTextMessage: { text: 'first' } } },
    { content: { extendedTextMessage: { text: 'second' } } },
  ])
})

test('a message that WhatsApp refused as a new chat outlives the refusal', async () => {
  const { hermod, whatsApp } = service
  const phone = '27821234563'
  const { key } = await service.device(phone)
  const endsAt = Math.floor((Date.now() + 3 * dayMs) / 1_000)
  whatsApp.control.restrict({ phone, isActive: true, endsAt })
  whatsApp.control.rules.add({ when: { device: phone }, outcome: { kind: 'error', code: 463 } })
  const refused = await service.send(key, { to: '5511999990420', message: 'in three days' })
  const retrying = await hermod.messageUntil(key, refused, ({ status }) => status === 'retrying')
  expect(lifeMsOf(retrying)).toBeGreaterThan(3 * dayMs)
  const behind = await service.send(key, { to: '5511999990420', message: 'after it' })
  const waiting = await hermod.messageUntil(key, behind, (view) => view['waiting'] !== null)
  expect(waiting).toMatchObject({ waiting: { code: 'new_chats_restricted' } })
  expect(lifeMsOf(waiting)).toBeGreaterThan(3 * dayMs)
})

test('while WhatsApp refuses new chats they wait for as long as it says, and replies go on', async () => {
  const { hermod, whatsApp } = service
  const phone = '27821234561'
  const { key, id } = await service.device(phone)
  const endsAt = Math.floor(Date.now() / 1_000) + 3_600
  await hermod.messageUntil(
    key,
    await service.send(key, { to: '5511999990501', message: 'before' }),
    ({ status }) => status === 'delivered',
  )
  whatsApp.control.restrict({ phone, isActive: true, endsAt })
  whatsApp.control.rules.add({
    when: { device: phone, to: '5511999990502' },
    outcome: { kind: 'error', code: 463 },
  })

  const refused = await service.send(key, { to: '5511999990502', message: 'no' })
  expect(await hermod.messageUntil(key, refused, ({ status }) => status === 'retrying')).toMatchObject({
    errorCode: 'new_chats_restricted',
  })
  const link = await service.linkUntil(key, id, 'restricted')
  expect(Math.abs(Date.parse(link.restrictedUntil ?? '') - endsAt * 1_000)).toBeLessThan(5_000)
  const other = await service.send(key, { to: '5511999990503', message: 'wait' })
  expect(await hermod.messageUntil(key, other, (view) => view['waiting'] !== null)).toMatchObject({
    waiting: { code: 'new_chats_restricted' },
  })
  const known = await service.send(key, { to: '5511999990501', message: 'goes on' })
  await hermod.messageUntil(key, known, ({ status }) => status === 'delivered')
  expect(whatsApp.control.ledger.byRecipient('5511999990502')).toHaveLength(1)
  expect(whatsApp.control.ledger.byRecipient('5511999990503')).toEqual([])
})
