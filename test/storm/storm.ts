import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../src/db/embedded/port.ts'
import { openAccounts } from './accounts.ts'
import { watchCallbackPath } from './callback-path.ts'
import { createClient, type AppAccount, type Client } from './client.ts'
import { countOpen, gather, type Open } from './evidence.ts'
import { startGraphFake, startReceiverFake, type Fake } from './fakes.ts'
import { appSecret, callbackRetryMsMax, graphOptions, graphRules } from './graph-weather.ts'
import { throwBlows } from './kills.ts'
import { postgresMember, redisMember, serviceMember, type Member } from './members.ts'
import { kinds, type Kind, type StormOptions } from './options.ts'
import { createRandom } from './random.ts'
import { summarise, type Summary } from './summary.ts'
import { judge, type Violation } from './verdict.ts'

/** What a storm came to. */
export interface StormResult {
  violations: Violation[]
  summary: Summary
  /** Logs and data, when they were kept. */
  folder: string | null
}

/**
 * Sends messages through the front door while everything that can die is killed at random instants, lets it
 * come to rest, and judges what every side has seen. All processes are real, and all have ended when this
 * settles.
 *
 * One gap is honest and stands outside this storm: when an answer is lost and callbacks cannot get through
 * for the whole settling time, the message is sent again, because waiting for ever would be worse. So here no
 * worker runs while callbacks are cut off that long (see `throwBlows`), and `premise` proves it of each run.
 */
export async function runStorm(
  options: StormOptions,
  { tell, stop }: { tell(line: string): void; stop: AbortSignal },
): Promise<StormResult> {
  const startMs = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'hermod-storm-'))
  const over = new AbortController()
  const signal = AbortSignal.any([stop, over.signal, AbortSignal.timeout(options.totalMs)])
  const random = createRandom(options.seed)
  const town = await build(folder, options, signal)
  let keep = options.keep
  try {
    tell(`seed ${options.seed}, everything in ${folder}`)
    const accounts = await open(town, signal)
    const client = createClient({
      url: town.url,
      accounts,
      // Several messages to a recipient, so that the order of a chain is at stake too.
      recipients: Math.ceil(options.messages / 3),
      random: random.branch(),
      stop: signal,
    })
    const path = watchCallbackPath(town.graph, {
      cutOffMs: (options.settleSeconds * 1_000) / 3,
      isFelt: town.members.worker.isRunning,
      stop: signal,
    })
    const flush = () => flushAll(town.redisUrl)
    const site = { ...town, client, path, flush, stop: signal, tell }
    const kills = await throwBlows(site, { options, random })
    const lastKillMs = performance.now()
    const rested = await comeToRest(town, client, { options, tell, signal })
    await path.stop()
    stop.throwIfAborted()
    const evidence = await gather({ ...town, accounts, promised: client.promised })
    const summary = await summarise(evidence, {
      kills,
      graph: town.graph,
      repeats: client.repeats,
      longestGapMs: path.longestGapMs(),
      restMs: performance.now() - lastKillMs,
      totalMs: performance.now() - startMs,
    })
    const violations = [
      ...premise(options, path.longestGapMs()),
      ...judge(evidence),
      ...missing(options, client.promised.length),
      ...(rested
        ? []
        : [{ rule: 'everything comes to rest', about: 'the storm', what: 'it did not in time' }]),
      ...client.grievances.map((what) => ({ rule: 'a client is treated well', about: 'client', what })),
      ...town.accidents.map((what) => ({ rule: 'nothing dies unless killed', about: 'process', what })),
    ]
    keep ||= violations.length > 0
    return { violations, summary, folder: keep ? folder : null }
  } catch (error) {
    keep = true
    throw new Error(`The storm broke off; its logs are in ${folder}`, { cause: error })
  } finally {
    over.abort()
    await town.end()
    if (!keep) await rm(folder, { recursive: true, force: true })
  }
}

interface Town {
  url: string
  databaseUrl: string
  redisUrl: string
  graph: Fake
  receiver: Fake
  members: Record<Kind, Member>
  accidents: string[]
  end(): Promise<void>
}

/** Makes everything and starts the fakes; the members are started by `open`. */
async function build(folder: string, options: StormOptions, stop: AbortSignal): Promise<Town> {
  const accidents: string[] = []
  const onAccident = (kind: Kind) => (what: string) => {
    if (stop.aborted) return
    accidents.push(what)
    void pause(500, undefined, { signal: stop })
      .then(() => members[kind].start())
      .catch((error: unknown) => accidents.push(String(error)))
  }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const postgres = await postgresMember(folder, onAccident('postgres'))
  const redis = await redisMember(folder, onAccident('redis'))
  const [graph, receiver] = await Promise.all([
    startGraphFake(graphOptions(`${url}/webhooks/whatsapp`)),
    startReceiverFake(),
  ])
  const env = {
    PORT: String(port),
    DATA_DIR: folder,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'info',
    SECRETS_KEY: randomBytes(32).toString('base64'),
    DEFAULT_PLAN: 'unlimited',
    META_GRAPH_URL: graph.url,
    META_APP_SECRET: appSecret,
    META_VERIFY_TOKEN: 'verify-token-of-the-storm',
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
    CLOUD_RATE_PER_SECOND: '2000',
    SEND_TIMEOUT_SECONDS: '2',
    SEND_LEASE_SECONDS: '6',
    UNKNOWN_SETTLE_SECONDS: String(options.settleSeconds),
    // A delivery that a killed worker had in hand is free again after four times this.
    WEBHOOK_TIMEOUT_SECONDS: '3',
    WEBHOOK_RETRY_SECONDS: '1,2,4,8,16,32',
  }
  const members: Record<Kind, Member> = {
    postgres: postgres.member,
    redis: redis.member,
    api: serviceMember('api', { folder, env }, onAccident('api')),
    worker: serviceMember('worker', { folder, env }, onAccident('worker')),
  }
  return {
    url,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    graph,
    receiver,
    members,
    accidents,
    async end() {
      await Promise.all([members.api.stop(), members.worker.stop()])
      await Promise.all([members.redis.stop(), members.postgres.stop(), graph.stop(), receiver.stop()])
    },
  }
}

/** Starts everything, at the same time because no order may be needed, and opens the accounts. */
async function open({ url, graph, receiver, members }: Town, stop: AbortSignal): Promise<AppAccount[]> {
  await Promise.all(kinds.map((kind) => members[kind].start()))
  const isReady = async () => (await fetch(`${url}/readyz`, { signal: stop })).status === 200
  while (!(await isReady().catch(() => false))) {
    stop.throwIfAborted()
    await pause(50)
  }
  await graph.control('rules', { body: graphRules })
  return openAccounts(url, receiver)
}

async function flushAll(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}

/** Waits until nothing is under way anywhere; false when the time for it ran out. */
async function comeToRest(
  town: Town,
  client: Client,
  { options, tell, signal }: { options: StormOptions; tell(line: string): void; signal: AbortSignal },
): Promise<boolean> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(options.restMs)])
  await Promise.race([client.idle(), ended(deadline)])
  tell(`${client.promised.length} accepted; waiting for everything to come to rest`)
  const isOver = ({ messages, deliveries, callbacks }: Open) => messages + deliveries + callbacks === 0
  let toldAtMs = 0
  while (!deadline.aborted) {
    try {
      await town.graph.control('settled', { body: {}, signal: deadline })
      const left = await countOpen(town.databaseUrl)
      if (isOver(left)) return true
      if (performance.now() - toldAtMs > 5_000) {
        toldAtMs = performance.now()
        tell(`under way: ${JSON.stringify(left)}`)
      }
    } catch (error) {
      if (!deadline.aborted) tell(`looking again: ${String(error)}`)
    }
    await pause(200)
  }
  return false
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What the storm takes for granted when it says that nothing may be doubled. */
function premise({ settleSeconds }: StormOptions, longestGapMs: number): Violation[] {
  const gapMs = longestGapMs + callbackRetryMsMax
  if (gapMs < settleSeconds * 1_000) return []
  const what =
    `callbacks were cut off for ${Math.round(longestGapMs)} ms, which is longer than the settling time: ` +
    'duplicates would prove nothing'
  return [{ rule: 'premise: callbacks get through within the settling time', about: 'the storm', what }]
}

function missing({ messages }: StormOptions, promised: number): Violation[] {
  if (promised === messages) return []
  const what = `${messages - promised} of ${messages} were never answered with 202`
  return [{ rule: 'every message is accepted in the end', about: 'client', what }]
}
