import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startWhatsAppServer, type StartedWhatsAppServer } from '@openclaw/crabline'
import { BufferJSON, initAuthCreds } from '@whiskeysockets/baileys'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { OutboundMessage } from '../../../src/providers/contract.ts'
import { newId } from '../../../src/kit/id.ts'
import { createLinkedDevice } from '../../../src/providers/linked-device/index.ts'
import { externalIdOf } from '../../../src/providers/linked-device/protocol/message-id.ts'
import { memoryPorts, openDevice, reported } from '../../support/linked-device/ports.ts'
import { until } from '../../support/service.ts'

// Somebody else's fake of WhatsApp, against which the provider is checked beside our own. It shows certificates of
// WhatsApp itself, takes any device as linked, writes to it and decrypts what it sends. It pairs nobody, has no
// receipts and no uploads, and ends the connection when it is asked who is on WhatsApp: the device answers somebody
// who wrote, of whom it need not ask. Its package asks for Node 22; its server runs on 20.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const self = '27821234599'
let folder: string
let crabline: StartedWhatsAppServer
/** Its records: what came in, decrypted. */
const records: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hermod-crabline-'))
  crabline = await startWhatsAppServer({
    recorderPath: path.join(folder, 'recorder.jsonl'),
    selfJid: `${self}@s.whatsapp.net`,
    onEvent: (event) => void records.push(JSON.stringify(event)),
  })
})
afterAll(async () => {
  await crabline.close()
  await rm(folder, { recursive: true, force: true })
})

/** The memory of a device that was linked once. */
function linkedMemory(): Map<string, Buffer> {
  const bytes = (length: number): Buffer => Buffer.alloc(length, 1)
  const creds = {
    ...initAuthCreds(),
    me: { id: `${self}:1@s.whatsapp.net`, lid: `9${self}:1@lid`, name: 'Shop' },
    account: {
      details: bytes(16),
      accountSignatureKey: bytes(32),
      accountSignature: bytes(64),
      deviceSignature: bytes(64),
    },
  }
  const value = Buffer.from(JSON.stringify(creds, BufferJSON.replacer))
  return new Map([['credentials credentials', value]])
}

const contact = '5511999990901'

test('another fake of WhatsApp lets the device in, writes to it and understands its answer', async () => {
  const { endpoints, adminToken } = crabline.manifest
  const provider = createLinkedDevice({
    webUrl: endpoints.baileysWebSocketUrl,
    rootKey: null,
    version: null,
    timeoutMs: 10_000,
    livenessEveryMs: 60_000,
    livenessTimeoutMs: 2_000,
    settleMs: 50,
    mediaAuthority: null,
  })
  const ports = memoryPorts(linkedMemory())
  const connection = await openDevice(provider, ports)
  expect(await reported(ports, 'connected')).toMatchObject({ phone: self })

  const jid = `${contact}@s.whatsapp.net`
  await fetch(endpoints.adminInboundUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-crabline-admin-token': adminToken },
    body: JSON.stringify({ chatJid: jid, senderJid: jid, text: 'a question', pushName: 'Ana' }),
  })
  const question = await until(
    () => ports.events.find(({ kind }) => kind === 'inbound'),
    (event) => event !== undefined,
    'its message',
  )
  expect(question).toMatchObject({ from: contact, body: 'a question', profileName: 'Ana' })

  const id = newId()
  const answer: OutboundMessage = {
    id,
    attempt: 1,
    to: { kind: 'msisdn', value: contact },
    content: { type: 'text', body: 'an answer' },
    replyTo: null,
  }
  expect(await connection.channel.send(answer, new AbortController().signal)).toEqual({
    outcome: 'accepted',
    externalId: externalIdOf(id),
  })
  await until(
    () => records.some((one) => one.includes(externalIdOf(id)) && one.includes('"conversation":"an answer"')),
    (isThere) => isThere,
    'the answer, decrypted, in its records',
  )
  await connection.stop()
})
