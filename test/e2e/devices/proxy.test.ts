import { expect, onTestFinished, test } from 'vitest'
import { startConnectProxy, proxyCredentials } from '../../support/connect-proxy.ts'
import { startDeviceService } from '../../support/linked-device/devices.ts'
import { startDeviceWorker } from '../../support/linked-device/worker.ts'

test('a device with a proxy connects through it, with TLS to WhatsApp inside, and says why when the proxy refuses', async () => {
  const service = await startDeviceService({ env: { ROLE: 'api' }, whatsApp: { tls: true } })
  onTestFinished(() => service.stop())
  const { hermod, whatsApp } = service
  startDeviceWorker(service, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const proxy = await startConnectProxy(whatsApp)
  const { key, id } = await service.device('27821234535', { settings: { proxyUrl: proxy.url } })
  const message = await service.send(key, { to: '5511999990941', message: 'through the proxy' })
  await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  // The pairing, and the connection after it.
  const socket = { target: `127.0.0.1:${whatsApp.port}`, credentials: proxyCredentials }
  expect(proxy.asked).toEqual([socket, socket])
  expect(whatsApp.control.ledger.sockets).toHaveLength(1)

  const closed = await startConnectProxy({ port: whatsApp.port, refuse: true })
  await hermod.call('PATCH', `/sessions/${id}`, { key, body: { settings: { proxyUrl: closed.url } } })
  const link = await service.linkUntil(key, id, 'disconnected')
  expect(link.nextRetryAt).not.toBeNull()
  expect(closed.asked[0]).toEqual(socket)
  expect(whatsApp.control.ledger.sockets).toHaveLength(1)
})
