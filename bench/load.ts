import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadJob, type LoadJob, type LoadResult } from './load-job.ts'
import { percentile, type Sample } from './stats.ts'

/**
 * The load generator, a process of its own that takes one job after another over IPC. It speaks just enough
 * HTTP/1.1 to cost little: on a small machine its own appetite would otherwise be measured with the rest.
 */

const sampleEveryMs = 50
const scheduleEveryMs = 1
const headEnd = Buffer.from('\r\n\r\n')
const lengthName = Buffer.from('content-length: ')

/** Counts on through all jobs, so that no recipient and no text comes twice in a run. */
let nextNumber = 10_000_000 + (process.pid % 1_000) * 50_000

type Compose = () => string

function composer(job: LoadJob): Compose {
  const { host } = new URL(job.url)
  const common = `Host: ${host}\r\nAuthorization: Bearer ${job.key}\r\n`
  const { what } = job
  if (what.kind === 'get') {
    const requests = what.paths.map((path) => `GET ${path} HTTP/1.1\r\n${common}\r\n`)
    let next = 0
    return () => requests[next++ % requests.length] ?? ''
  }
  if (what.kind === 'post') {
    const head = `POST ${what.path} HTTP/1.1\r\n${common}Content-Type: application/json\r\nContent-Length: `
    const requests = what.bodies.map((body) => `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`)
    let next = 0
    return () => requests[next++ % requests.length] ?? ''
  }
  const slot = '########'
  const to = `49151${slot}`
  const body = JSON.stringify({
    to,
    message: `Your order ${slot} has left our store and will be with you tomorrow.`,
    ...what.fields,
  })
  const head = `POST /send-message HTTP/1.1\r\n${common}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const [before = '', middle = '', after = ''] = `${head}${body}`.split(slot)
  return () => {
    nextNumber += 1
    return `${before}${nextNumber}${middle}${nextNumber}${after}`
  }
}

/** One keep-alive connection with at most one request under way. */
class Connection {
  readonly #job: Run
  readonly #socket: Socket
  #dueMs = 0
  #pending: Buffer | null = null

  constructor(job: Run, port: number, host: string) {
    this.#job = job
    this.#socket = connect({ port, host, noDelay: true })
    this.#socket.on('data', (chunk) => this.#read(chunk))
    this.#socket.on('error', () => this.#job.broken())
    this.#socket.on('close', () => this.#job.broken())
  }

  ask(request: string, dueMs: number): void {
    this.#dueMs = dueMs
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const bytes = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk])
    const end = bytes.indexOf(headEnd)
    const at = end < 0 ? -1 : bytes.indexOf(lengthName)
    const length = at < 0 ? 0 : Number.parseInt(bytes.toString('latin1', at + lengthName.length, at + 32), 10)
    if (end < 0 || bytes.length < end + headEnd.length + length) {
      this.#pending = bytes
      return
    }
    this.#pending = null
    // "HTTP/1.1 202": the status stands at the ninth byte.
    const status = Number(bytes.toString('latin1', 9, 12))
    this.#job.answered(this, status, this.#dueMs)
  }
}

/** One job under way. */
class Run {
  readonly #job: LoadJob
  readonly #compose: Compose
  readonly #connections: Connection[] = []
  readonly #idle: Connection[] = []
  /** When each request that still waits for a connection was due (paced jobs only). */
  readonly #overdue: number[] = []
  readonly #latencies: number[] = []
  readonly #samples: Sample[] = []
  readonly #bad: Record<string, number> = {}
  #good = 0
  #asking = true
  #underWay = 0

  constructor(job: LoadJob) {
    this.#job = job
    this.#compose = composer(job)
  }

  async result(): Promise<LoadResult> {
    const { connections, seconds, ratePerSecond, url } = this.#job
    const { hostname, port } = new URL(url)
    for (let n = 0; n < connections; n += 1)
      this.#connections.push(new Connection(this, Number(port), hostname))
    const startMs = performance.now()
    this.#sample()
    const sampling = setInterval(() => this.#sample(), sampleEveryMs)
    if (ratePerSecond === null) for (const one of this.#connections) this.#ask(one, startMs)
    else await this.#pace(startMs, seconds * 1_000, ratePerSecond)
    await sleep(Math.max(0, startMs + seconds * 1_000 - performance.now()))
    this.#asking = false
    const endMs = performance.now()
    const good = this.#good
    this.#sample()
    clearInterval(sampling)
    for (let waited = 0; this.#underWay > 0 && waited < 5_000; waited += 5) await sleep(5)
    for (const one of this.#connections) one.close()
    const sorted = this.#latencies.sort((a, b) => a - b)
    return {
      good,
      bad: this.#bad,
      seconds: (endMs - startMs) / 1_000,
      latencyMs: {
        p50: percentile(sorted, 0.5),
        p95: percentile(sorted, 0.95),
        p99: percentile(sorted, 0.99),
        max: sorted.at(-1) ?? 0,
      },
      samples: this.#samples,
    }
  }

  answered(connection: Connection, status: number, dueMs: number): void {
    this.#underWay -= 1
    const nowMs = performance.now()
    this.#latencies.push(nowMs - dueMs)
    if (status >= 200 && status < 300) this.#good += 1
    else this.#count(status)
    if (!this.#asking) return
    if (this.#job.ratePerSecond === null) return this.#ask(connection, nowMs)
    const due = this.#overdue.shift()
    if (due === undefined) this.#idle.push(connection)
    else this.#ask(connection, due)
  }

  broken(): void {
    this.#count(0)
  }

  #count(status: number): void {
    this.#bad[status] = (this.#bad[status] ?? 0) + 1
  }

  #ask(connection: Connection, dueMs: number): void {
    this.#underWay += 1
    connection.ask(this.#compose(), dueMs)
  }

  #sample(): void {
    this.#samples.push({ atMs: Date.now(), count: this.#good })
  }

  async #pace(startMs: number, forMs: number, ratePerSecond: number): Promise<void> {
    this.#idle.push(...this.#connections)
    let asked = 0
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startMs) {
      for (; asked < (elapsedMs * ratePerSecond) / 1_000; asked += 1) {
        const dueMs = startMs + (asked * 1_000) / ratePerSecond
        const free = this.#idle.pop()
        if (free === undefined) this.#overdue.push(dueMs)
        else this.#ask(free, dueMs)
      }
      await sleep(scheduleEveryMs)
    }
  }
}

process.on('message', (message) => {
  void new Run(loadJob.parse(message)).result().then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
