import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'

const run = promisify(execFile)
const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0
if (!hasRequests) console.warn('SKIPPED: the client in Python needs python3 and its package requests')

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  const body = { name: 'play', mode: 'test' }
  key = (await hermod.call('POST', '/keys', { key: await hermod.register(), body })).body.data.apiKey
})
afterAll(() => hermod.stop())

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
