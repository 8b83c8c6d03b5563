import { execFile, spawnSync } from 'node:child_process'
import { access, readFile, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv as parseDotenv, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createConfig } from '../src/config/config.ts'
import { parseEnv } from '../src/config/env.ts'
import { freePort } from '../src/db/embedded/port.ts'
import { sendErrors } from '../src/domain/messages/send-errors.ts'
import { statuses } from '../src/domain/messages/status.ts'
import { webhookEventTypes } from '../src/domain/webhooks/events.ts'
import { signWebhook } from '../src/kit/crypto/standard-webhooks.ts'
import { startTestService, type TestService } from './support/service.ts'

const run = promisify(execFile)
const house = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): Promise<string> => readFile(join(house, path), 'utf8')

describe('configuration', () => {
  test.each(['docs/configuration.md', '.env.example'])(
    '%s names every variable that is read',
    async (path) => {
      const names = await variableNames()
      expect(names.length).toBeGreaterThan(20)
      const document = await read(path)
      expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(document))).toEqual([])
    },
  )

  test.each(['docs/configuration.md', '.env.example'])('%s names no variable that is not', async (path) => {
    const names = await variableNames()
    const pattern = path.endsWith('.md') ? /^\| `([A-Z_]+)`/gm : /^# ([A-Z_]+)=/gm
    const documented = [...(await read(path)).matchAll(pattern)].map((match) => match[1] ?? '')
    expect(documented.length).toBeGreaterThan(20)
    expect(documented.filter((name) => !names.includes(name))).toEqual([])
  })
})

/** As they stand in the schema of env.ts. */
async function variableNames(): Promise<string[]> {
  return [...(await read('src/config/env.ts')).matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(
    (match) => match[1] ?? '',
  )
}

test('the page on webhook events names every type', async () => {
  const page = await read('docs/webhook-events.md')
  expect(webhookEventTypes.length).toBeGreaterThan(20)
  expect(webhookEventTypes.filter((type) => !page.includes(`\`${type}\``))).toEqual([])
})

test('every link between the documents leads to a file and, where it says so, to a heading', async () => {
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...(await markdownIn('docs'))]
  const checked = await Promise.all(files.map(brokenLinks))
  expect(files.length).toBeGreaterThan(10)
  expect(checked.flat()).toEqual([])
})

async function markdownIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(house, folder), { recursive: true })
  // The guide's links lead to routes of the running service: its own test follows them.
  const documents = entries.filter((name) => name.endsWith('.md') && !name.startsWith('guide/'))
  return documents.map((name) => join(folder, name))
}

async function brokenLinks(file: string): Promise<string[]> {
  const links = [...(await read(file)).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  const broken = await Promise.all(
    links.map(async (link) => ((await leadsSomewhere(file, link)) ? [] : [link])),
  )
  return broken.flat().map((link) => `${file}: ${link}`)
}

async function leadsSomewhere(file: string, link: string): Promise<boolean> {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? file : relative(house, join(house, dirname(file), path))
  const exists = await access(join(house, target)).then(
    () => true,
    () => false,
  )
  if (!exists || heading === undefined) return exists
  const headings = [...(await read(target)).matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? '')
  return headings
    .map((text) =>
      text
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
    .includes(heading)
}

test('docs/delivery.md explains every status and every reason for a failure', async () => {
  const document = await read('docs/delivery.md')
  const words = [...statuses, ...Object.keys(sendErrors)]
  expect(words.filter((word) => !document.includes(`\`${word}\``))).toEqual([])
})

describe('the signature checks in docs/webhooks.md', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const other = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
  const body = JSON.stringify({
    type: 'message.read',
    data: { messageId: 'm', status: 'read', metadata: 'Grüße' },
  })
  const signed = (secrets: string[], at = new Date()) => signWebhook({ id: 'evt_1', at, body, secrets })
  const unknown = `v1a,${'A'.repeat(86)}==`
  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)

  /** What comes, and whether it is to be believed. */
  const arrivals = [
    { headers: signed([secret]), body, good: true },
    { headers: signed([other, secret]), body, good: true },
    {
      headers: {
        ...signed([secret]),
        'webhook-signature': `${unknown} ${signed([secret])['webhook-signature']}`,
      },
      body,
      good: true,
    },
    { headers: signed([secret], minutesAgo(4)), body, good: true },
    { headers: signed([other]), body, good: false },
    { headers: signed([secret]), body: body.replace('read', 'sent'), good: false },
    { headers: { ...signed([secret]), 'webhook-id': 'evt_2' }, body, good: false },
    { headers: { ...signed([secret]), 'webhook-signature': unknown }, body, good: false },
    { headers: signed([secret], minutesAgo(6)), body, good: false },
    { headers: signed([secret], minutesAgo(-6)), body, good: false },
    { headers: { 'webhook-id': 'evt_1' }, body, good: false },
  ]

  test('that for Node takes what is signed and refuses what is not', async () => {
    const program = codeIn(await read('docs/webhooks.md'), 'js')
    // The program as it stands; then every arrival, and what each was answered.
    const visit = `
      const post = async ({ headers, body }) => {
        for (;;) {
          const url = 'http://127.0.0.1:' + process.env.PORT
          const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => null)
          if (answer !== null) return answer.status
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
      const statuses = []
      for (const arrival of ${JSON.stringify(arrivals)}) statuses.push(await post(arrival))
      console.log(JSON.stringify(statuses))
      process.exit(0)`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', `${program}\n${visit}`], {
      cwd: house,
      timeout: 20_000,
      env: { ...process.env, HERMOD_WEBHOOK_SECRET: secret, PORT: String(await freePort()) },
    })
    const lines = stdout.trim().split('\n')
    expect(JSON.parse(lines.pop() ?? '')).toEqual(arrivals.map(({ good }) => (good ? 204 : 401)))
    expect(lines).toEqual(arrivals.filter(({ good }) => good).map(() => 'message.read m read'))
  })

  const hasPython =
    spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0
  test.skipIf(!hasPython)(
    `that for Python takes what is signed and refuses what is not${hasPython ? '' : ' (no python3 here)'}`,
    async () => {
      const program = codeIn(await read('docs/webhooks.md'), 'python')
      const visit = `
import sys
for arrival in json.loads(sys.argv[1]):
    try:
        event = verify("${secret}", arrival["headers"], arrival["body"].encode())
        print(event["type"], event["data"]["metadata"].encode() == "Gr\u00fc\u00dfe".encode())
    except ValueError:
        print("refused")
`
      const { stdout } = await run('python3', ['-c', `${program}\n${visit}`, JSON.stringify(arrivals)])
      expect(stdout.trim().split('\n')).toEqual(
        arrivals.map(({ good }) => (good ? 'message.read True' : 'refused')),
      )
    },
  )
})

describe('README', () => {
  let hermod: TestService
  beforeAll(async () => {
    hermod = await startTestService()
  })
  afterAll(() => hermod.stop())

  test('its two commands are scripts of the package', async () => {
    const readme = await read('README.md')
    const { scripts } = JSON.parse(await read('package.json'))
    expect(readme).toContain('npm ci && npm run quickstart')
    expect(readme).toContain('npm ci && npm test')
    const named = [...readme.matchAll(/npm run ([a-z:-]+)/g)].map((match) => match[1])
    expect(named.filter((name) => !(String(name) in scripts))).toEqual([])
  })

  test('its first curl lines work as they stand', async () => {
    const section = (await read('README.md')).split('## First messages')[1]?.split('\n## ')[0] ?? ''
    const lines = codeIn(section, 'sh').replaceAll('http://127.0.0.1:3000', hermod.url)
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', lines])
    expect(JSON.parse(stdout)).toMatchObject({
      success: true,
      data: { to: '14155550100', body: 'Hi Sarah! Your order #1234 has shipped.' },
    })
  })
})

function codeIn(markdown: string, language: string): string {
  const blocks = [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))]
  return blocks.map((match) => match[1] ?? '').join('\n')
}

test('.env.example can be used with every line active', async () => {
  const text = (await read('.env.example')).replaceAll(/^# (?=[A-Z_0-9]+=)/gm, '')
  const values = parseDotenv(text)
  expect(Object.keys(values).length).toBeGreaterThan(50)
  expect(() => createConfig(parseEnv({ ...values, PORT: '0' }))).not.toThrow()
})
