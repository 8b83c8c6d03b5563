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
 * Throws the blows while the client posts: some messages are let go, and within moments something dies. What
 * was killed comes back on its own, in random order, while the next blow may fall already. Returns the kills
 * by kind, once everything is back.
 */
export async function throwBlows(
  site: Site,
  { options, random }: { options: StormOptions; random: Random },
): Promise<Record<Kind, number>> {
  const counts: Record<Kind, number> = { api: 0, worker: 0, redis: 0, postgres: 0 }
  const returns: Promise<void>[] = []
  const blows = planBlows(options.kills, random)
  const slice = Math.ceil(options.messages / (blows.length + 1))

  async function kill(victims: readonly Kind[]): Promise<void> {
    for (const kind of victims) counts[kind] += 1
    await Promise.all(victims.map((kind) => site.members[kind].kill()))
    returns.push(...victims.map((kind) => bringBack(site, kind, random.between(0, pauseMsMax))))
  }

  /**
   * Waits, and takes the worker down while callbacks are cut off for long, as they are on a slow machine:
   * only a worker sends again, and it must not before it could hear what Meta has to say.
   */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds() && !site.stop.aborted) {
      if (site.path.isCutOff() && site.members.worker.isRunning()) await kill(['worker'])
      await rest(20, site.stop)
    }
  }

  for (const [index, blow] of blows.entries()) {
    await until(() => mayFall(site, blow, slice))
    if (site.stop.aborted) break
    if (index % 3 === 0) await failWebhooks(site.receiver)
    site.client.release(slice)
    // Squared, because most of the work is done within the first moments.
    await rest(random.between(0, 1) ** 2 * blowWithinMs, site.stop)
    if (blow.blow === 'flush') await site.flush()
    else await kill(blow.kinds)
    const what = blow.blow === 'flush' ? 'FLUSHALL' : `SIGKILL ${blow.kinds.join(', ')}`
    site.tell(`${index + 1}/${blows.length} ${what} (${site.client.promised.length} accepted so far)`)
  }
  site.client.release(options.messages - slice * blows.length)
  await until(() => site.path.isSteady())
  await Promise.all(returns)
  return counts
}

/**
 * Whether what is to be killed runs, and the client has got on with its work, so that every blow falls into
 * some. The API and Postgres, which callbacks need, are also left alone until callbacks had their time.
 */
function mayFall({ members, client, path }: Site, blow: Blow, backlogMax: number): boolean {
  const victims: readonly Kind[] = blow.blow === 'kill' ? blow.kinds : ['redis']
  const cutsPath = victims.includes('api') || victims.includes('postgres')
  return (
    victims.every((kind) => members[kind].isRunning()) &&
    client.backlog() < backlogMax &&
    (!cutsPath || path.isSteady())
  )
}

async function bringBack({ members, path, stop }: Site, kind: Kind, afterMs: number): Promise<void> {
  await rest(afterMs, stop)
  while (kind === 'worker' && path.isCutOff() && !stop.aborted) await rest(20, stop)
  await members[kind].start()
}

/** The next few deliveries get a 500, and come again by the schedule. */
async function failWebhooks(receiver: Fake): Promise<void> {
  await receiver.control('respond', { body: [{ status: 500, times: 5 }] })
}

async function rest(ms: number, stop: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal: stop }).catch(() => undefined)
}
