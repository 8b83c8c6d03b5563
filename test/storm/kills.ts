import { setTimeout as pause } from 'node:timers/promises'
import type { CallbackPath } from './callback-path.ts'
import type { Client } from './client.ts'
import type { Fake } from './fakes.ts'
import type { Member } from './members.ts'
import { kinds, type Kind, type StormOptions } from './options.ts'
import type { Random } from './random.ts'

/** What a storm throws at the service, one after the other. */
export type Blow = { blow: 'kill'; kinds: readonly Kind[] } | { blow: 'flush' }

/** Every kind in turn in random order, everything at once one time, FLUSHALL in the middle. */
export function planBlows(kills: number, random: Random): Blow[] {
  const rounds = Array.from({ length: Math.ceil(kills / kinds.length) }, () => random.shuffle(kinds)).flat()
  const blows: Blow[] = rounds.slice(0, kills).map((kind) => ({ blow: 'kill', kinds: [kind] }))
  const middle = Math.floor(blows.length / 2)
  blows.splice(Math.floor(random.between(middle, blows.length)), 0, { blow: 'kill', kinds })
  blows.splice(middle, 0, { blow: 'flush' })
  return blows
}

export interface Site {
  members: Record<Kind, Member>
  client: Client
  receiver: Fake
  path: CallbackPath
  /** Empties Redis. */
  flush(): Promise<void>
  stop: AbortSignal
  tell(line: string): void
}

/** The longest wait before a blow, after its messages were let go. */
const blowWithinMs = 1_500
/** The longest pause before a killed process is started again. */
const pauseMsMax = 900
/**
 * The API and Postgres are what callbacks need. They are left alone until callbacks have got through for this
 * long, so that gaps do not add up to more than the settling time.
 */
const pathUpMs = 1_500

/**
 * Throws the blows while the client posts: some messages are let go, and within moments something dies. What was
 * killed comes back on its own, in random order, while the next blow may fall already. Returns the kills by kind.
 */
export async function throwBlows(
  site: Site,
  { options, random }: { options: StormOptions; random: Random },
): Promise<Record<Kind, number>> {
  const counts: Record<Kind, number> = { api: 0, worker: 0, redis: 0, postgres: 0 }
  const returns: Promise<void>[] = []
  const blows = planBlows(options.kills, random)
  const slice = Math.ceil(options.messages / (blows.length + 1))
  for (const [index, blow] of blows.entries()) {
    if (site.stop.aborted) break
    await mayFall(site, blow)
    if (index % 3 === 0) await failWebhooks(site.receiver)
    site.client.release(slice)
    // Squared, because most of the work is done within the first moments.
    await rest(random.between(0, 1) ** 2 * blowWithinMs, site.stop)
    if (blow.blow === 'flush') await site.flush()
    else {
      for (const kind of blow.kinds) counts[kind] += 1
      await Promise.all(blow.kinds.map((kind) => site.members[kind].kill()))
      returns.push(...blow.kinds.map((kind) => bringBack(site, kind, random.between(0, pauseMsMax))))
    }
    const what = blow.blow === 'flush' ? 'FLUSHALL' : `SIGKILL ${blow.kinds.join(', ')}`
    site.tell(`${index + 1}/${blows.length} ${what} (${site.client.promised.length} accepted so far)`)
  }
  await Promise.all(returns)
  site.client.release(options.messages - slice * blows.length)
  return counts
}

/** Waits until what is to be killed runs, and callbacks have had their time. */
async function mayFall(site: Site, blow: Blow): Promise<void> {
  const { kinds: victims } = blow.blow === 'kill' ? blow : { kinds: ['redis'] as const }
  const cutsPath = victims.some((kind) => kind === 'api' || kind === 'postgres')
  const isReady = () =>
    victims.every((kind) => site.members[kind].isRunning()) && (!cutsPath || site.path.upForMs() >= pathUpMs)
  while (!isReady() && !site.stop.aborted) await rest(20, site.stop)
}

async function bringBack(site: Site, kind: Kind, afterMs: number): Promise<void> {
  await rest(afterMs, site.stop)
  if (!site.stop.aborted) await site.members[kind].start()
}

/** The next few deliveries get a 500, and come again by the schedule. */
async function failWebhooks(receiver: Fake): Promise<void> {
  await receiver.control('respond', { body: [{ status: 500, times: 5 }] })
}

async function rest(ms: number, stop: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal: stop }).catch(() => undefined)
}
