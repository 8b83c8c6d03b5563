import { spawnSync } from 'node:child_process'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isInstalled, runSample } from '../../../support/samples.ts'
import { startTestService, type TestService } from '../../../support/service.ts'
import { hubClient, type HubClient } from './client.ts'

// The programs of the reference and of the guide, with only the base URL and the key changed.

const run = promisify(execFile)
const house = fileURLToPath(new URL('../../../../', import.meta.url))
const page = await readFile(`${house}docs/guide/06-coming-from-connect-hub.md`, 'utf8')
let hermod: TestService
let client: HubClient
beforeAll(async () => {
  hermod = await startTestService()
  client = await hubClient(hermod, { mode: 'test' })
})
afterAll(() => hermod.stop())

/** A sample of the guide for this installation. */
const sampleOf = (language: string) =>
  (page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '').replaceAll('{base}', hermod.url)

const variables = () => ({
  HERMOD_KEY: client.key,
  HERMOD_ACCOUNT: client.headers['x-account-id'] ?? '',
})
const uuid = /[0-7][0-9A-HJKMNP-TV-Z]{25}/

test.skipIf(!isInstalled('curl')).each(['x-account-id', 'x-user-id'])('curl with %s', async (header) => {
  const reference = `curl --location '${hermod.url}/api/v1/connect-hub/whatsapp/otp' \\
--header 'Content-Type: application/json' \\
--header "x-api-key: $HERMOD_KEY" \\
--header "x-account-id: $HERMOD_ACCOUNT" \\
--data '{
"to": "38761444555",
"text": "482910"
}'`
  // The guide shows the same.
  expect(sampleOf('curl').trim()).toBe(reference)
  const answer = await runSample('curl', reference.replace('x-account-id', header), variables())
  expect([answer.status, answer.body]).toEqual([
    200,
    { uuid: expect.stringMatching(uuid), to: '38761444555' },
  ])
})

const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0
if (!hasRequests)
  console.warn('*** The Python package requests is not installed: its program is not tested. ***')

test.skipIf(!hasRequests)('Python with requests', async () => {
  const env = { ...process.env, ...variables() }
  const { stdout } = await run('python3', ['-c', sampleOf('python')], { env })
  expect(stdout).toMatch(new RegExp(`^${uuid.source} (PENDING|SENT|DELIVERED|READ)\\n$`))
})

test('JavaScript with axios', async () => {
  const env = { ...process.env, ...variables() }
  const { stdout } = await run('node', ['--input-type=module', '--eval', sampleOf('javascript')], {
    env,
    cwd: house,
  })
  expect(stdout).toMatch(new RegExp(`^${uuid.source} 0\\n$`))
})
