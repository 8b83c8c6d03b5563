import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'
import { newApp } from './client.ts'

/** The samples of the guide, run as they stand there, with the base URL, the account and the key in the environment. */

const run = promisify(execFile)
let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const page = readFileSync('docs/guide/06-coming-from-msisdn-otp.md', 'utf8')
const samplesIn = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)

async function environment(): Promise<NodeJS.ProcessEnv> {
  const { accountId, key } = await newApp(hermod)
  return { ...process.env, BASE: hermod.url, APP_ID: accountId, API_KEY: key }
}

describe.skipIf(spawnSync('curl', ['--version']).status !== 0)('in curl', () => {
  test('a code is sent and checked, and the sandbox answers both', async () => {
    const env = await environment()
    const answers: string[] = []
    for (const sample of samplesIn('bash')) {
      const { stdout } = await run('bash', ['-c', sample], { env })
      answers.push(JSON.parse(stdout).message)
    }
    const both = ['OTP sent successfully', 'OTP has been verified']
    expect(answers).toEqual([...both, ...both])
  })
})

test('in JavaScript', async () => {
  const [sample = ''] = samplesIn('javascript')
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', sample], {
    env: await environment(),
  })
  expect(stdout.trim()).toBe('201 true')
})
