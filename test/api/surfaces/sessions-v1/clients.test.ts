import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import axios from 'axios'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../../support/linked-device/devices.ts'
import { startMediaFiles, type MediaFiles } from '../../../support/media-files.ts'
import { until, type TestService } from '../../../support/service.ts'

const run = promisify(execFile)
const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0
if (!hasRequests) console.warn('SKIPPED: the client in Python needs python3 and its package requests')

let devices: DeviceService
let hermod: TestService
let files: MediaFiles
let live: string
let key: string
beforeAll(async () => {
  devices = await startDeviceService({ devices: { streamMs: 60_000 } })
  hermod = devices.hermod
  files = await startMediaFiles()
  live = await hermod.register()
  const body = { name: 'play', mode: 'test' }
  key = (await hermod.call('POST', '/keys', { key: live, body })).body.data.apiKey
})
afterAll(async () => {
  await devices.stop()
  await files.close()
})

const program = `
import json, os, time, requests
api = os.environ["BASE"] + "/api/v1"
headers = {"Authorization": "Bearer " + os.environ["KEY"]}
created = requests.post(api + "/sessions", json={"session_key": "my-session"}, headers=headers)
assert created.status_code == 201, created.text
session = created.json()
seen = []
with requests.get(os.environ["BASE"] + session["streamUrl"], headers=headers, stream=True) as stream:
    for line in stream.iter_lines(decode_unicode=True):
        if line.startswith("event: "):
            seen.append(line[len("event: "):])
sent = requests.post(api + "/messages", json={"to": "+237612345678", "message": "Hello!"}, headers=headers)
assert sent.status_code == 202, sent.text
message = sent.json()
for _ in range(200):
    if message["status"] == "read":
        break
    time.sleep(0.1)
    message = requests.get(api + "/messages/" + message["id"], headers=headers).json()
voice = {"to": "+237612345678", "audioUrl": "https://example.com/voice.ogg", "ptt": True}
audio = requests.post(api + "/messages/audio", json=voice, headers=headers)
removed = requests.delete(api + "/sessions/" + session["id"], headers=headers)
print(json.dumps([seen, message["status"], message["toPhone"], audio.status_code, audio.json()["type"], removed.status_code]))
`

test.skipIf(!hasRequests)(
  'a client in Python goes the whole way: session, stream, text, voice note, removal',
  async () => {
    const { stdout } = await run('python3', ['-c', program], {
      env: { ...process.env, BASE: hermod.url, KEY: key },
      timeout: 60_000,
    })
    expect(JSON.parse(stdout)).toEqual([['qr', 'connected'], 'read', '+237612345678', 202, 'audio', 204])
  },
)

/** A client in JavaScript, in the habits of the API's own dashboard: axios for calls, the stream by fetch. */
function javascript(apiKey: string) {
  const headers = { Authorization: `Bearer ${apiKey}` }
  const api = axios.create({ baseURL: `${hermod.url}/api/v1`, headers })
  return {
    post: async (path: string, body: unknown) => (await api.post(path, body)).data,
    get: async (path: string) => (await api.get(path)).data,
    /** Reads the stream of a session until it is connected, and shows each code to somebody with a phone. */
    async connect(id: string, show: (picture: string) => void): Promise<string[]> {
      const response = await fetch(`${hermod.url}/api/v1/sessions/${id}/stream`, { headers })
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      const seen: string[] = []
      let rest = ''
      let event = ''
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done || value === undefined) return seen
        const lines = (rest + value).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          if (line.startsWith('event:')) event = line.slice(6).trim()
          if (!line.startsWith('data:')) continue
          seen.push(event)
          const data = JSON.parse(line.slice(5))
          if (event === 'qr') show(data.qr_data ?? data.qrData)
        }
      }
    },
  }
}

describe('a client in JavaScript goes the whole way:', () => {
  const to = '+237612345678'
  const wishes: [path: string, body: () => object, type: string][] = [
    ['/messages', () => ({ to, message: 'Hello from WhatsApp API!' }), 'text'],
    [
      '/messages/media',
      () => ({ to, mediaUrl: `${files.base}/photo.jpg`, mediaType: 'image', caption: 'Look' }),
      'image',
    ],
    ['/messages/audio', () => ({ to, audioUrl: `${files.base}/mono.ogg`, ptt: true }), 'audio'],
  ]

  async function wholeWay(apiKey: string, scan: (id: string) => Promise<unknown>): Promise<void> {
    const client = javascript(apiKey)
    const session = await client.post('/sessions', { session_key: 'my-session' })
    const scans: Promise<unknown>[] = []
    const seen = await client.connect(session.id, (picture) => {
      expect(picture).toMatch(/^data:image\/png;base64,/)
      if (scans.length === 0) scans.push(scan(session.id))
    })
    await Promise.all(scans)
    expect([seen[0], seen.at(-1)]).toEqual(['qr', 'connected'])
    expect(await client.get(`/sessions/${session.id}`)).toMatchObject({ status: 'connected' })
    for (const [path, body, type] of wishes) {
      const sent = await client.post(path, body())
      expect(sent).toMatchObject({ toPhone: to, type, status: 'pending' })
      await until(
        () => client.get(`/messages/${sent.id}`),
        ({ status }) => ['sent', 'delivered', 'read'].includes(status),
        `a ${type} that is sent`,
      )
    }
  }

  test('with a test key, without a phone', () => wholeWay(key, async () => undefined))

  test('with a phone that scans the code, and somebody gets the text, the picture and the voice note', async () => {
    await wholeWay(live, async (id) => {
      const qr = await until(
        () => hermod.call('GET', `/sessions/${id}/qr`, { key: live, headers: { accept: 'text/plain' } }),
        ({ status }) => status === 200,
        'a code',
      )
      await devices.whatsApp.control.scanQr({ qr: qr.body, phone: '27825550009' })
    })
    const got = devices.whatsApp.control.ledger.byRecipient(to.slice(1)).map(({ content }) => content)
    expect(got).toMatchObject([
      { extendedTextMessage: { text: 'Hello from WhatsApp API!' } },
      { imageMessage: { caption: 'Look' } },
      { audioMessage: { ptt: true } },
    ])
  })

  test('and reads from a refusal what is wrong', async () => {
    const refused = async (act: Promise<unknown>): Promise<unknown> =>
      act.then(
        () => null,
        (error: unknown) =>
          axios.isAxiosError(error) ? [error.response?.status, error.response?.data.detail] : error,
      )
    expect(await refused(javascript('sk_live_wrong').get('/sessions'))).toEqual([
      401,
      expect.stringContaining('Invalid API key'),
    ])
    const bare = javascript(await hermod.register())
    expect(await refused(bare.post('/messages', { to, message: 'Hi' }))).toEqual([
      409,
      'No connected WhatsApp session found. Please connect a session first.',
    ])
  })
})
