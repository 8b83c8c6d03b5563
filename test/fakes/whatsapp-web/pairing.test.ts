import { Curve, WA_CERT_DETAILS } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  type Client,
  closed,
  connect,
  newMemory,
  opened,
  pair,
  qrOf,
  reloaded,
  until,
} from '../../support/linked-device/client.ts'
import { verifyXeddsa } from '../../../src/providers/linked-device/safety/xeddsa.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** Linking devices with the real library, and the ways in which that fails. */

const phone = '27821234567'
const originalRoot = WA_CERT_DETAILS.PUBLIC_KEY
let whatsApp: WhatsAppWeb

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb()
})

afterEach(async () => {
  vi.restoreAllMocks()
  await whatsApp.close()
})

test('a QR code links a device: the stream restarts with 515, then the device logs in and uploads its keys', async () => {
  const first = connect(whatsApp)
  const device = await whatsApp.control.scanQr({ qr: await qrOf(first), phone })

  expect(device).toBe(`${phone}:1`)
  expect(await closed(first)).toBe(515)
  expect(first.memory.creds.me).toMatchObject({ id: `${phone}:1@s.whatsapp.net` })

  const second = await opened(connect(whatsApp, reloaded(first.memory)))
  expect(second.memory.creds.account).toBeDefined()
  expect(whatsApp.control.devices()).toEqual([{ device, isOnline: true, preKeys: 812, unacknowledged: 0 }])
  expect(whatsApp.control.ledger).toMatchObject({
    pairings: [{ device, by: 'qr' }],
    keyUploads: [{ device, preKeys: 812 }],
    faults: [],
  })
})

test('a code links a device, typed with a dash and in small letters', async () => {
  const first = await askForCode()
  const { pairingCode = '' } = first.memory.creds
  const code = `${pairingCode.slice(0, 4)}-${pairingCode.slice(4)}`.toLowerCase()

  expect(await whatsApp.control.enterCode({ code, phone })).toBe(`${phone}:1`)
  expect(await closed(first)).toBe(515)
  await opened(connect(whatsApp, reloaded(first.memory)))
  expect(whatsApp.control.ledger.pairings).toMatchObject([{ by: 'code' }])
})

test('a wrong code links nothing', async () => {
  const first = await askForCode()
  await expect(whatsApp.control.enterCode({ code: 'AAAA1111', phone })).rejects.toThrow('the code is wrong')
  expect(first.memory.creds.account).toBeUndefined()
  expect(whatsApp.control.devices()).toEqual([])
})

test('a login with the credentials of an abandoned pairing by code is refused with 401', async () => {
  const first = await askForCode()
  await first.socket.end(undefined)
  expect(await closed(connect(whatsApp, reloaded(first.memory)))).toBe(401)
})

test('QR codes follow one another until the references are used up, which ends in 408', async () => {
  const client = connect(whatsApp, newMemory(), { qrTimeout: 20 })
  const shown = () => client.states.flatMap(({ qr }) => qr ?? [])
  expect(await closed(client)).toBe(408)
  expect(new Set(shown()).size).toBe(6)
  await expect(whatsApp.control.scanQr({ qr: shown()[0] ?? '', phone })).rejects.toThrow('no client shows')
})

test('any of the QR codes that were shown links the right one of several clients', async () => {
  const [one, two] = [connect(whatsApp), connect(whatsApp)]
  const qr = await qrOf(two)
  await qrOf(one)
  await whatsApp.control.scanQr({ qr, phone })
  expect(await closed(two)).toBe(515)
  await until(() => whatsApp.control.pairings().length === 1)
})

test('a second device of a number has another id', async () => {
  const [one, two] = [await pair(whatsApp, phone), await pair(whatsApp, phone)]
  expect([one.socket.user?.id, two.socket.user?.id]).toEqual([
    `${phone}:1@s.whatsapp.net`,
    `${phone}:2@s.whatsapp.net`,
  ])
  expect(whatsApp.control.ledger.overlaps()).toEqual([])
})

test('a client that logs itself out is forgotten', async () => {
  const client = await pair(whatsApp, phone)
  await client.socket.logout()
  await until(() => whatsApp.control.devices().length === 0)
  expect(await closed(connect(whatsApp, reloaded(client.memory)))).toBe(401)
})

test('a login with the noise key of another client is refused', async () => {
  const { memory } = await pair(whatsApp, phone)
  const { noiseKey } = newMemory().creds
  const forged = { ...memory, creds: { ...memory.creds, noiseKey } }
  expect(await closed(connect(whatsApp, forged))).toBe(401)
})

test('a client that verifies signatures accepts the fake under its own root key alone', async () => {
  vi.spyOn(Curve, 'verify').mockImplementation(verifyXeddsa)
  const client = connect(whatsApp)
  await whatsApp.control.scanQr({ qr: await qrOf(client), phone })
  await opened(connect(whatsApp, reloaded(client.memory)))

  const stranger = connect({ ...whatsApp, rootKey: originalRoot.toString('hex') })
  expect(await closed(stranger)).toBe(400)
})

/** A client that waits for its code to be typed. */
async function askForCode(): Promise<Client> {
  const client = connect(whatsApp)
  await qrOf(client)
  await client.socket.requestPairingCode(phone)
  await until(() => whatsApp.control.pairings()[0]?.phone === phone)
  return client
}
