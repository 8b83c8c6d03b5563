import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'

let service: DeviceService
beforeAll(async () => {
  service = await startDeviceService()
})
afterAll(() => service.stop())

test('a device that is paired by QR is connected, and what it sends arrives', async () => {
  const { hermod, whatsApp } = service
  const { key, id } = await service.device('27821234501')
  expect(await service.link(key, id)).toMatchObject({ state: 'connected', phone: '27821234501' })
  const message = await service.send(key, { to: '5511999990001', message: 'Olá' })
  const view = await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  expect(view['externalId']).toMatch(/^3EB0[0-9A-F]{18}$/)
  expect(whatsApp.control.ledger.byId(String(view['externalId']))).toMatchObject([
    { to: '5511999990001', kind: 'text', answer: 'ack' },
  ])
})

test('a device that is paired by a code is connected', async () => {
  const { hermod, whatsApp } = service
  const phone = '27821234502'
  const key = await hermod.register()
  const id = await service.create(key)
  const answer = await hermod.call('POST', `/sessions/${id}/pair`, { key, body: { method: 'code', phone } })
  expect(answer).toMatchObject({
    status: 200,
    body: { data: { method: 'code', code: expect.stringMatching(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/) } },
  })
  await whatsApp.control.enterCode({ code: answer.body.data.code.replace('-', ''), phone })
  expect(await service.linkUntil(key, id, 'connected')).toMatchObject({ phone })
})
