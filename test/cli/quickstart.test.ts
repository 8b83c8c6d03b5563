import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../src/db/embedded/port.ts'
import { builtProgram } from '../support/built.ts'
import { scratchFolder } from '../support/scratch.ts'
import { until } from '../support/service.ts'

const run = promisify(execFile)
const house = fileURLToPath(new URL('../..', import.meta.url))

/** A quickstart in a process of its own, as `npm run quickstart` starts it. */
interface Quickstart {
  child: ChildProcess
  /** Standard output and standard error so far. */
  text(): string
  /** Sends a signal when there is one, and waits for the end. */
  ended(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>
}

let folder: string
let dataDir: string
const running: ChildProcess[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(await scratchFolder(), 'hermod-quickstart-'))
  dataDir = join(folder, 'data')
})
afterAll(async () => {
  await Promise.all(
    running.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    }),
  )
  await rm(folder, { recursive: true, force: true })
})

function quickstart(port: number): Quickstart {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [builtProgram('quickstart')], {
    cwd: house,
    env: { PATH, HOME, PORT: String(port), DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (some: Buffer) => (text += String(some)))
  const exit = once(child, 'close')
  return {
    child,
    text: () => text,
    async ended(signal) {
      if (signal !== undefined) child.kill(signal)
      const [code, name]: unknown[] = await exit
      return {
        code: typeof code === 'number' ? code : null,
        signal: typeof name === 'string' ? name : null,
      }
    },
  }
}

const upAndReady = 'Ctrl-C stops it'
const show = (one: Quickstart, wanted: string): Promise<string> =>
  until(
    () => one.text(),
    (text) => text.includes(wanted) || one.child.exitCode !== null,
    `the quickstart's "${wanted}"`,
    60_000,
  )
const keyIn = (text: string): string | undefined => /sk_live_[0-9a-f]{48}/.exec(text)?.[0]

async function postgresPid(): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('npm run quickstart', { timeout: 120_000 }, () => {
  let key: string | undefined

  test('shows a message from queued to read with its webhooks, and a curl line that works when pasted', async () => {
    const first = quickstart(await freePort())
    const text = await show(first, upAndReady)

    const steps = [...text.matchAll(/^ {2}\d\d:\d\d:\d\d\.\d{3} {2}(\w+)/gm)].map((match) => match[1])
    expect(steps).toEqual(['queued', 'processing', 'sent', 'delivered', 'read'])
    const webhooks = [...text.matchAll(/webhook: (\w+), (.+)$/gm)].map(([, status, verdict]) => [
      status,
      verdict,
    ])
    expect(webhooks.map(([status]) => status)).toContain('read')
    expect(webhooks.every(([, verdict]) => verdict === 'signature OK')).toBe(true)
    expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+\/docs/)
    key = keyIn(text)

    const curl = text.split('\n').find((line) => line.trim().startsWith('curl ')) ?? ''
    const { stdout } = await run('bash', ['-c', `${curl.trim()} -w '%{http_code}'`])
    expect(stdout).toMatch(/"status":"queued".*202$/)
    await until(
      () => first.text().slice(text.length),
      (more) => more.includes('webhook: read, signature OK'),
      'the webhooks of the pasted message',
    )

    const postgres = await postgresPid()
    expect(isAlive(postgres)).toBe(true)
    expect(await first.ended('SIGINT')).toEqual({ code: 0, signal: null })
    expect(isAlive(postgres)).toBe(false)
  })

  test('a second run goes on with the same data, account and key, which only its owner can read', async () => {
    const second = quickstart(await freePort())
    const text = await show(second, upAndReady)
    expect(text).toContain('the demo account of last time')
    expect(key).toBeDefined()
    expect(keyIn(text)).toBe(key)
    expect((await stat(join(dataDir, 'demo.json'))).mode & 0o777).toBe(0o600)

    const postgres = await postgresPid()
    expect(await second.ended('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(isAlive(postgres)).toBe(false)
  })

  test('a port that is taken is named with what to set, and nothing stays behind', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const address = squatter.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const third = quickstart(port)
    expect(await third.ended()).toEqual({ code: 1, signal: null })
    squatter.close()
    expect(third.text()).toContain(`127.0.0.1:${port} is taken by another program`)
    expect(third.text()).toContain('set PORT')
    await expect(postgresPid()).rejects.toThrow('ENOENT')
  })
})
