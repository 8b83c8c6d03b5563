import type { DeviceService } from '../../support/linked-device/devices.ts'
import type { Member } from '../../storm/members.ts'
import type { Program } from '../../support/program.ts'
import { until } from '../../support/service.ts'

export interface StormOptions {
  workers: number
  devices: number
  messages: number
  /** Workers that are killed, each replaced at once. */
  kills: number
  /** Times that Postgres is killed and comes back. */
  postgresKills: number
  /** Sockets that are cut at moments of their own. */
  cuts: number
  patienceMs: number
}

/** What a storm left behind; every list is to be empty. */
export interface StormVerdict {
  /** Accepted messages that did not come to an end, or failed: how they stand. */
  unfinished: object[]
  /** Accepted messages that the network never saw. */
  lost: string[]
  /** WhatsApp ids that arrived with two contents. */
  conflicts: string[]
  /** Messages that somebody was shown under two ids. */
  shownTwice: string[]
  /** Devices that had two sockets at once. */
  overlaps: string[]
  /** Devices that lost their pairing. */
  unpaired: string[]
  faults: string[]
  /** Workers that ended without being killed: the last that they said. */
  crashed: string[]
}

/** Sends through many devices while their workers are killed and their sockets are cut. */
export async function stormDevices(
  service: DeviceService,
  { startWorker, postgres }: { startWorker: () => Program; postgres: Member },
  options: StormOptions,
): Promise<StormVerdict> {
  const { hermod, whatsApp } = service
  const workers = Array.from({ length: options.workers }, startWorker)
  const key = await hermod.register()
  const devices: string[] = []
  for (let index = 0; index < options.devices; index += 1) {
    const id = await service.create(key, { name: `device-${index}`, settings: { newChatsPerDay: 10_000 } })
    await service.pair(key, id, phoneOf(index))
    devices.push(id)
  }
  const pairings = whatsApp.control.ledger.pairings.length

  const sent: { id: string; text: string }[] = []
  const accepting = (async () => {
    for (let index = 0; index < options.messages; index += 1) {
      const text = `storm ${index}`
      const session = devices[index % devices.length]
      const to = `55119${String(80_000_000 + (index % 97))}`
      const body = { session, to, message: text, ttlSeconds: 3_600 }
      sent.push({ text, id: await sendUntilTaken(service, { key, body, name: text }) })
    }
  })()
  for (let turn = 0; turn < Math.max(options.kills, options.cuts, options.postgresKills); turn += 1) {
    await pause(300 + 700 * Math.random())
    if (turn < options.cuts) cut(service, turn)
    if (turn < options.kills) {
      const victim = turn % workers.length
      await workers[victim]?.ended('SIGKILL')
      workers[victim] = startWorker()
    }
    if (turn < options.postgresKills) {
      await pause(300 * Math.random())
      await postgres.kill()
      await pause(300 * Math.random())
      await postgres.start()
    }
  }
  await accepting

  const unfinished = await until(
    () => unfinishedOf(service, key, sent),
    (ids) => ids.length === 0,
    'messages that are not finished',
    options.patienceMs,
  ).catch(() => unfinishedOf(service, key, sent))
  const standing = await Promise.all(unfinished.map((id) => standingOf(service, key, id)))
  const { ledger } = whatsApp.control
  const seen = new Set(
    ledger.messages.filter(({ isAccepted }) => isAccepted).map(({ content }) => JSON.stringify(content)),
  )
  const states = await Promise.all(devices.map((id) => service.link(key, id)))
  return {
    unfinished: standing,
    lost: sent
      .filter(({ text }) => ![...seen].some((content) => content.includes(`"${text}"`)))
      .map(({ text }) => text),
    conflicts: ledger.conflicts(),
    shownTwice: ledger.shownTwice(),
    overlaps: ledger.overlaps().map(({ device }) => device),
    unpaired: [
      ...states
        .map(({ state }) => state)
        .filter((state) => !['connected', 'connecting', 'disconnected'].includes(state)),
      ...(ledger.pairings.length === pairings ? [] : ['somebody paired again']),
    ],
    faults: [...ledger.faults],
    crashed: workers.filter((worker) => !worker.isRunning()).map((worker) => worker.text().slice(-1_000)),
  }
}

/** Sends as an app does: what is turned away for now is sent again, under its key. */
async function sendUntilTaken(
  { hermod }: DeviceService,
  { key, body, name }: { key: string; body: Record<string, unknown>; name: string },
): Promise<string> {
  const answer = await until(
    () => hermod.call('POST', '/send-message', { key, body, headers: { 'idempotency-key': name } }),
    ({ status }) => status !== 503,
    'a send that is taken',
    60_000,
  )
  if (answer.status !== 202) throw new Error(`a send answered ${JSON.stringify(answer.body)}`)
  return answer.body.data.id
}

const phoneOf = (index: number): string => `2782777${String(1_000 + index)}`

async function unfinishedOf(
  { hermod }: DeviceService,
  key: string,
  sent: readonly { id: string }[],
): Promise<string[]> {
  const done = new Set<string>()
  for (const status of ['sent', 'delivered', 'read']) {
    for (let cursor = ''; ;) {
      const { body } = await hermod.call('GET', `/messages?status=${status}&limit=200${cursor}`, { key })
      for (const { id } of body.data) done.add(id)
      if (body.pagination.nextCursor === null) break
      cursor = `&cursor=${body.pagination.nextCursor}`
    }
  }
  return sent.map(({ id }) => id).filter((id) => !done.has(id))
}

async function standingOf({ hermod }: DeviceService, key: string, id: string): Promise<object> {
  const { body } = await hermod.call('GET', `/messages/${id}`, { key })
  const { status, waiting, errorCode, errorMessage, timeline, attempts } = body.data
  return { id, status, waiting, errorCode, errorMessage, timeline, attempts }
}

function cut({ whatsApp }: DeviceService, turn: number): void {
  const online = whatsApp.control.devices().filter(({ isOnline }) => isOnline)
  const victim = online[turn % Math.max(1, online.length)]
  if (victim !== undefined) whatsApp.control.disconnect(victim.device, { kind: 'drop' })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
