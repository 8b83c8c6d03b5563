import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorCodes } from '../../../src/domain/app-error.ts'
import { openSurfaces } from '../../../src/api/surfaces/index.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

const run = promisify(execFile)

let hermod: TestService
let page: string
/** The folder that samples run in: what those in Python import, and a file to upload. */
let modules: string

beforeAll(async () => {
  hermod = await startTestService()
  page = (await hermod.call('GET', '/developers')).body
  modules = await mkdtemp(path.join(tmpdir(), 'hermod-samples-'))
  await writeFile(path.join(modules, 'requests.py'), requestsModule)
  await writeFile(path.join(modules, 'photo.jpg'), 'the bytes of a picture')
  const recipient = (to: string) => ({ when: { to }, outcome: { kind: 'error' as const, code: 131_026 } })
  hermod.graph.control.rules.add(recipient('14155550404'))
})
afterAll(async () => {
  await hermod.stop()
  await rm(modules, { recursive: true, force: true })
})

/** The little of Python's `requests` that the samples use. */
const requestsModule = `
import json as codec, urllib.request

class Answer:
    def __init__(self, text):
        self.text = text
    def json(self):
        return codec.loads(self.text)

def method(name):
    def call(url, headers={}, json=None, data=None):
        body = data.read() if data else None if json is None else codec.dumps(json).encode()
        given = dict(headers) if json is None else {**headers, 'Content-Type': 'application/json'}
        with urllib.request.urlopen(urllib.request.Request(url, body, given, method=name.upper())) as answer:
            return Answer(answer.read().decode())
    return call

get, post, put, patch, delete = [method(name) for name in ('get', 'post', 'put', 'patch', 'delete')]
`

interface ShownSample {
  id: string
  language: string
  text: string
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}
const unescape = (html: string) => html.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (one) => entities[one] ?? one)

/** The samples as a reader copies them. */
function samplesOf(html: string): ShownSample[] {
  const shown = html.matchAll(/data-sample="([\w-]+) (\w+)"[^>]*><code>([^<]*)<\/code>/g)
  return [...shown].map(([, id = '', language = '', text = '']) => ({ id, language, text: unescape(text) }))
}

/** An account of its own for each sample, with what its variables stand for. */
async function readerOf(id: string): Promise<Record<string, string>> {
  const key = await hermod.connect()
  const send = async (fields: Record<string, unknown>): Promise<string> => {
    const body = { to: '14155550100', message: 'Hi', ...fields }
    return (await hermod.call('POST', '/send-message', { key, body })).body.data.id
  }
  const make: Record<string, () => Promise<string>> = {
    get: () => send({ session: 'sandbox' }),
    cancel: () => send({ sendAt: new Date(Date.now() + 3_600_000).toISOString() }),
    retry: async () => {
      const failed = await send({ to: '14155550404' })
      await hermod.messageUntil(key, failed, ({ status }) => status === 'failed')
      return failed
    },
  }
  const others = (await variablesOf[id]?.(key)) ?? {}
  return { HERMOD_KEY: key, MESSAGE_ID: (await make[id]?.()) ?? '', ...others }
}

/** What a sample needs beside the key and a message: what stands in its path, or must be there before. */
const variablesOf: Record<string, (key: string) => Promise<Record<string, string>>> = {
  'session-send': async (key) => ({ SESSION_ID: await addSender(key) }),
  'session-get': async (key) => ({ SESSION_ID: await addSender(key) }),
  'session-change': async (key) => ({ SESSION_ID: await addSender(key) }),
  'otp-verify': async (key) => ({
    OTP_ID: await idOf(key, '/otp', { to: '14155550100', session: 'sandbox' }),
  }),
  templates: connectBusiness,
  'template-get': connectBusiness,
  deliveries: async (key) => ({ ENDPOINT_ID: await addEndpoint(key) }),
  resend: async (key) => ({ DELIVERY_ID: await addDelivery(key) }),
  recover: async (key) => ({ ENDPOINT_ID: await addEndpoint(key) }),
  'endpoint-test': async (key) => ({ ENDPOINT_ID: await addEndpoint(key) }),
}

async function idOf(key: string, route: string, body: unknown): Promise<string> {
  return (await hermod.call('POST', route, { key, body })).body.data.id
}

function addSender(key: string): Promise<string> {
  const credentials = { accessToken: 'EAAtesttoken', phoneNumberId: '106540352242923' }
  return idOf(key, '/sessions', { provider: 'whatsapp-cloud', name: 'support', credentials })
}

function addEndpoint(key: string): Promise<string> {
  return idOf(key, '/webhook-endpoints', { url: `${hermod.receiver.url}/hook` })
}

async function addDelivery(key: string): Promise<string> {
  const route = `/webhook-endpoints/${await addEndpoint(key)}`
  const { deliveryId } = (await hermod.call('POST', `${route}/test`, { key, body: {} })).body.data
  const read = () => hermod.call('GET', `/webhook-deliveries/${deliveryId}`, { key })
  await until(read, ({ body }) => body.data.status === 'delivered', 'the delivery of a sample')
  return deliveryId
}

async function connectBusiness(key: string): Promise<Record<string, string>> {
  const body = {
    whatsappAccessToken: 'EAAtesttoken',
    whatsappPhoneNumberId: '106540352242922',
    whatsappBusinessAccountId: '102290129340398',
  }
  hermod.graph.control.setTemplates(
    [{ name: 'order_ready', language: 'en_US' }],
    body.whatsappBusinessAccountId,
  )
  await hermod.call('PUT', '/auth/me/credentials', { key, body })
  return {}
}

async function runSample({ id, language, text }: ShownSample): Promise<string> {
  const env = { PATH: process.env['PATH'], PYTHONPATH: modules, ...(await readerOf(id)) }
  const program = text
    .replaceAll('EAAG...', 'EAAtesttoken')
    .replaceAll('https://app.example.com', hermod.receiver.url)
  const commands: Record<string, [string, string[]]> = {
    curl: ['bash', ['-euo', 'pipefail', '-c', program.replace(/^curl /, 'curl -sS --fail-with-body ')]],
    javascript: [process.execPath, ['--input-type=module', '-e', program]],
    python: ['python3', ['-c', program]],
  }
  const [command, args] = commands[language] ?? ['false', []]
  return (await run(command, args, { env, timeout: 20_000, cwd: modules })).stdout
}

const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
)

describe('/developers', () => {
  test('has a sample in every language for every call that it shows', () => {
    const samples = samplesOf(page)
    const ids = [...new Set(samples.map(({ id }) => id))]
    expect(ids.length).toBeGreaterThan(15)
    expect(samples.map(({ id, language }) => `${id} ${language}`)).toEqual(
      ids.flatMap((id) => ['curl', 'javascript', 'python'].map((language) => `${id} ${language}`)),
    )
  })

  test.each([
    ['curl', /^\{"success":true,"data":/],
    ['javascript', /\S/],
    ['python', /\S/],
  ])(
    'its samples in %s work as they stand',
    async (language, expected) => {
      if (language === 'python' && !hasPython) return
      const outputs: Record<string, string> = {}
      for (const sample of samplesOf(page).filter((one) => one.language === language)) {
        outputs[sample.id] = await runSample(sample)
      }
      const wrong = Object.entries(outputs).filter(
        ([, output]) => !expected.test(output) || /undefined|"success":false/.test(output),
      )
      expect(wrong).toEqual([])
      expect(outputs['register']).toMatch(/sk_live_[0-9a-f]{48}/)
      expect(outputs['template']).toMatch(/[0-9a-f-]{36}/)
      expect(outputs['webhook']).toMatch(/whsec_/)
    },
    120_000,
  )

  test('needs nothing from elsewhere: no script, style, font or picture', async () => {
    const { headers } = await hermod.call('GET', '/developers')
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/)
    expect(page).not.toMatch(/<script|<img|@import|url\(/)
  })

  test('every link on it leads somewhere, and so does every heading in its contents', async () => {
    const links = [...page.matchAll(/ href="([^"]+)"/g)].map(([, href = '']) => unescape(href))
    expect(links.filter((href) => /^(https?:)?\/\//.test(href))).toEqual([])
    // A link from the root would leave the path below which a proxy may serve the page.
    expect(links.filter((href) => href.startsWith('/'))).toEqual([])
    const ours = [...new Set(links.filter((href) => !/^(#|data:)/.test(href)))]
    expect(ours).toEqual(expect.arrayContaining(['docs', 'openapi.json', 'llms.txt']))
    for (const href of ours) {
      const { status } = await hermod.call('GET', `/${href}`)
      expect({ href, ok: status === 200 || status === 302 }).toEqual({ href, ok: true })
    }
    const anchors = links.filter((href) => href.startsWith('#'))
    expect(anchors.length).toBeGreaterThan(15)
    expect(anchors.filter((href) => !page.includes(` id="${href.slice(1)}"`))).toEqual([])
  })

  test('every code of an error has its line, at its own place', () => {
    const places = Object.keys(errorCodes).map((code) => [code, page.split(` id="${code}"`).length - 1])
    expect(places.filter(([, count]) => count !== 1)).toEqual([])
  })

  test('speaks of the address that it was asked at, and repeats no Host header that is no name', async () => {
    expect(page).toContain(`${hermod.url}/send-message`)
    const named = await hermod.call('GET', '/developers', { headers: { host: 'api.example.com' } })
    expect(named.status).toBe(200)
    const { hostname, port } = new URL(hermod.url)
    for (const host of ['$(id)', '"><script>alert(1)</script>', "x' -d @/etc/passwd '"]) {
      const { stdout } = await run('curl', [
        '-sS',
        '-H',
        `Host: ${host}`,
        `http://${hostname}:${port}/developers`,
      ])
      expect(stdout).not.toContain(host)
      expect(stdout).toMatch(/http:\/\/localhost:\d+\/send-message|not/)
    }
  })

  test('speaks of PUBLIC_URL where it is set', async () => {
    const published = await startTestService({ env: { PUBLIC_URL: 'https://hermod.example.com/' } })
    try {
      const { body } = await published.call('GET', '/developers')
      expect(body).toContain('https://hermod.example.com/send-message')
      expect(body).not.toContain(published.url)
    } finally {
      await published.stop()
    }
  })
})

describe('/llms.txt', () => {
  test('is Markdown as llmstxt.org asks: a title, a summary, links, sections', async () => {
    const { headers, body } = await hermod.call('GET', '/llms.txt')
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(body).toMatch(/^# Hermod\n\n> \S/)
    for (const link of ['/openapi.json', '/developers', '/docs'])
      expect(body).toContain(`](${hermod.url}${link})`)
    expect(body).not.toMatch(/\]\([/#]/)
    expect(body.match(/^## /gm).length).toBeGreaterThan(10)
    expect(body.match(/^```/gm).length % 2).toBe(0)
  })

  test('speaks of no route that does not exist', async () => {
    const { body } = await hermod.call('GET', '/llms.txt')
    const { body: document } = await hermod.call('GET', '/openapi.json')
    const named = [...body.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`\s]*)`/g)].map(
      ([, method = '', route = '']) => `${method.toLowerCase()} ${route.replaceAll(/\{\w+\}/g, '{id}')}`,
    )
    const known = Object.entries<object>(document.paths).flatMap(([route, operations]) =>
      Object.keys(operations).map((method) => `${method} ${route.replaceAll(/\{\w+\}/g, '{id}')}`),
    )
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter((one) => !known.includes(one))).toEqual([])
  })
})

test('sections about surfaces are shown where their surface is, and only there', async () => {
  const folder = new URL('../../../docs/guide/', import.meta.url)
  const files = await Promise.all(
    (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')),
  )
  const sections = [...files.join('\n').matchAll(/^## (.+) \{#([\w-]+) surface=([\w-]+)\}$/gm)]
  const all = openSurfaces(hermod.service.ctx).map(({ name }) => name)
  const llms = (await hermod.call('GET', '/llms.txt')).body
  const bare = await startTestService({ env: { SURFACES: 'none' } })
  try {
    const barePage = (await bare.call('GET', '/developers')).body
    const bareLlms = (await bare.call('GET', '/llms.txt')).body
    for (const [, title = '', id = '', surface = ''] of sections) {
      const isOn = all.includes(surface)
      expect([page, barePage].map((one) => one.includes(`id="${id}"`))).toEqual([isOn, false])
      expect([llms, bareLlms].map((one) => one.includes(`## ${title}\n`))).toEqual([isOn, false])
    }
    expect(sections.map(([, , , surface]) => surface)).toEqual(expect.arrayContaining(all))
    // The other sections stay, and lead to none that is not there.
    expect(barePage).toContain('id="start"')
    const anchors = [...barePage.matchAll(/ href="#([^"]+)"/g)].map(([, id = '']) => id)
    expect(anchors.filter((id) => !barePage.includes(` id="${id}"`))).toEqual([])
  } finally {
    await bare.stop()
  }
})

test('the OpenAPI document, and with it the explorer, leads to the guide and to llms.txt', async () => {
  const { body } = await hermod.call('GET', '/openapi.json')
  expect(body.externalDocs.url).toBe('/developers')
  expect(body.info.description).toContain('](/developers)')
  expect(body.info.description).toContain('](/llms.txt)')
})
