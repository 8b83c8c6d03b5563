import { readFileSync } from 'node:fs'
import { vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { authorityFile } from '../../fakes/certificates/index.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from '../../fakes/whatsapp-web/server.ts'
import type { WhatsAppWebOptions } from '../../fakes/whatsapp-web/options.ts'
import { startTestService, until, type TestService, type TestServiceOptions } from '../service.ts'

/** The service in front of a fake WhatsApp, with times that suit a test. */
export interface DeviceService {
  hermod: TestService
  whatsApp: WhatsAppWeb
  /** A new linked-device session, not paired yet: its id. */
  create(key: string, body?: Record<string, unknown>): Promise<string>
  /** Pairs a session by QR, as a person would, and waits until it is connected. */
  pair(key: string, id: string, phone: string): Promise<void>
  /** A new account with a paired device. */
  device(phone: string, body?: Record<string, unknown>): Promise<{ key: string; id: string }>
  link(key: string, id: string): Promise<LinkView>
  linkUntil(key: string, id: string, state: string): Promise<LinkView>
  send(key: string, body: Record<string, unknown>): Promise<string>
  stop(): Promise<void>
}

export interface LinkView {
  state: string
  phone: string | null
  reason: string | null
  nextRetryAt: string | null
  restrictedUntil: string | null
  newChats: { perDay: number; used: number; left: number }
}

/** The library makes eight hundred keys for each pairing, which takes a while on a busy machine. */
const patienceMs = 60_000
vi.setConfig({ testTimeout: 2 * patienceMs, hookTimeout: 2 * patienceMs })

/** Short times: a test waits for none of them by the clock. */
export const fastDevices: Partial<Config['devices']> = {
  renewMs: 200,
  leaseMs: 4_000,
  livenessEveryMs: 60_000,
  livenessTimeoutMs: 1_000,
  settleMs: 50,
  startsPerSecond: 50,
  mediaAuthority: readFileSync(authorityFile, 'utf8'),
}

export async function startDeviceService(
  options: TestServiceOptions & { whatsApp?: WhatsAppWebOptions; devices?: Partial<Config['devices']> } = {},
): Promise<DeviceService> {
  const whatsApp = await startWhatsAppWeb(options.whatsApp)
  const hermod = await startTestService({
    ...options,
    env: { WHATSAPP_WEB_URL: whatsApp.socketUrl, WHATSAPP_WEB_ROOT_KEY: whatsApp.rootKey, ...options.env },
    configure: (config) => {
      const given = options.configure?.(config) ?? config
      return { ...given, devices: { ...given.devices, ...fastDevices, ...options.devices } }
    },
  })
  return {
    ...deviceClient(hermod, whatsApp),
    async stop() {
      await hermod.stop()
      await whatsApp.close()
    },
  }
}

/** What a client of the API does with linked devices. */
export function deviceClient(hermod: TestService, whatsApp: WhatsAppWeb): Omit<DeviceService, 'stop'> {
  const link = async (key: string, id: string): Promise<LinkView> => {
    const answer = await hermod.call('GET', `/sessions/${id}`, { key })
    return answer.body.data.link
  }
  const linkUntil = (key: string, id: string, state: string): Promise<LinkView> =>
    until(
      () => link(key, id),
      (view) => view.state === state,
      `link ${state}`,
      patienceMs,
    )
  const create = async (key: string, body: Record<string, unknown> = {}): Promise<string> => {
    const answer = await hermod.call('POST', '/sessions', {
      key,
      body: { provider: 'linked-device', name: 'phone', ratePerSecond: 20, ...body },
    })
    if (answer.status !== 201) throw new Error(`a session answered ${JSON.stringify(answer.body)}`)
    return answer.body.data.id
  }
  const pair = async (key: string, id: string, phone: string): Promise<void> => {
    const answer = await hermod.call('POST', `/sessions/${id}/pair`, { key, body: { method: 'qr' } })
    if (answer.status !== 200) throw new Error(`a pairing answered ${JSON.stringify(answer.body)}`)
    await whatsApp.control.scanQr({ qr: answer.body.data.qr, phone })
    await linkUntil(key, id, 'connected')
  }
  return {
    hermod,
    whatsApp,
    create,
    pair,
    link,
    linkUntil,
    async device(phone, body) {
      const key = await hermod.register()
      const id = await create(key, body)
      await pair(key, id, phone)
      return { key, id }
    },
    async send(key, body) {
      const answer = await hermod.call('POST', '/send-message', { key, body })
      if (answer.status !== 202) throw new Error(`a send answered ${JSON.stringify(answer.body)}`)
      return answer.body.data.id ?? answer.body.data.messageId
    },
  }
}
