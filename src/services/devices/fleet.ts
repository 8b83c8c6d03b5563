import type { Context } from '../../context.ts'
import { findDevice } from '../../db/stores/devices/devices.ts'
import {
  claimDevices,
  readFairShare,
  renewLeases,
  retireWorker,
  type HeldDevice,
} from '../../db/stores/devices/leases.ts'
import { findSession } from '../../db/stores/sessions/read.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { jitter } from '../../kit/backoff.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import { publishChanged, publishWanted, subscribeToSignals, type DeviceSignal } from '../links/signals.ts'
import { forgetDevice } from '../links/state.ts'
import { decryptSettings } from '../senders/encryption.ts'
import { providerOf } from '../senders/providers.ts'
import { createHolder, loseLease, release, renewed, useSettings, type Holder } from './holder.ts'
import { processId } from './live.ts'
import { markReadHere } from './mark-read.ts'
import { restart, run } from './run.ts'

// The front door of the room: holds this process's share of the linked devices. The others: `holder` keeps one device
// under its lease, `run` carries out the purpose of it, `ports` gives its connection the stores and files,
// `report` writes how it stands and publishes it, and `ends` has the states that it does not leave by
// itself. `live` knows the devices that are held here, `pacer` keeps the pace of one, `new-chats` bounds new chats, and
// `mark-read` marks messages as read.

/** Devices that one look takes, so that several processes that start together share them. */
const claimedMax = 25
/** Devices that one look gives up to other processes. */
const releasedMax = 5

type Wake = Extract<DeviceSignal, { kind: 'wake' }>

/** The devices that this process holds. */
export interface Fleet {
  /** Hands all devices over to other processes. */
  close(): Promise<void>
}

/**
 * Holds this process's share of the linked devices: claims those that nobody holds, renews the leases, gives up what is
 * more than its share, and does what owners ask for. `onWake`: another process found messages due for a device that is
 * held here.
 */
export function startFleet(ctx: Context, onWake: (wake: Wake) => void): Fleet {
  const ownerId = processId(ctx)
  const { leaseMs, renewMs, startsPerSecond } = ctx.config.devices
  const holders = new Map<string, Holder>()
  const stop = new AbortController()
  let wake = new AbortController()
  let nextStartMs = 0

  /** Holds a device from now on, and starts what is wanted of it. */
  async function hold(device: HeldDevice): Promise<void> {
    const session = await findSession(ctx.db, device.sessionId)
    if (session === null) return
    const provider = providerOf(ctx, session.provider)
    const holder = createHolder(ctx, {
      device,
      ownerId,
      session,
      provider,
      settings: settingsOf(ctx, session),
    })
    holders.set(device.sessionId, holder)
    forgetDevice(ctx, device.sessionId)
    publishChanged(ctx, device.sessionId)
    holder.lost.signal.addEventListener('abort', () => {
      if (holders.get(device.sessionId) === holder) holders.delete(device.sessionId)
    })
    ctx.tasks.track(inTurn(holder, () => start(holder)))
  }

  /** Many devices after a restart do not start all at once; one that its owner waits for does. */
  async function start(holder: Holder): Promise<void> {
    if (holder.device.purpose === 'link') {
      const startMs = Math.max(performance.now(), nextStartMs)
      nextStartMs = startMs + jitter(1_000 / startsPerSecond)
      await wait(startMs - performance.now(), AbortSignal.any([stop.signal, holder.lost.signal]))
    }
    if (!stop.signal.aborted && !holder.lost.signal.aborted) await run(holder)
  }

  async function look(): Promise<void> {
    const held = [...holders.values()]
    const devices = await renewLeases(ctx.db, {
      ownerId,
      leaseMs,
      held: held.map(({ lease: { sessionId, fence } }) => ({ sessionId, fence })),
    })
    const bySession = new Map(devices.map((device) => [device.sessionId, device]))
    for (const holder of held) {
      const device = bySession.get(holder.session.id)
      if (device === undefined || device.fence !== holder.lease.fence) loseLease(holder)
      else follow(holder, device)
    }
    await share()
  }

  async function share(): Promise<void> {
    const { wanted, workers } = await readFairShare(ctx.db)
    const fair = Math.ceil(wanted / workers)
    const room = Math.min(claimedMax, fair - holders.size)
    if (room > 0 && !stop.signal.aborted) {
      const claimed = await claimDevices(ctx.db, { ownerId, max: room, leaseMs })
      await Promise.all(claimed.map(hold))
      return
    }
    const surplus = [...holders.values()].filter(({ device }) => device.purpose === 'link')
    for (const holder of surplus.slice(0, Math.min(releasedMax, holders.size - fair))) {
      ctx.tasks.track(inTurn(holder, () => release(holder)).then(() => publishWanted(ctx)))
    }
  }

  /** Takes over how a device is now; a command that its owner gave since is carried out. */
  function follow(holder: Holder, device: HeldDevice): void {
    const isNew = device.command > holder.device.command
    // A report that this process made since the statement was sent is newer than the row that the statement read.
    if (!isNew && device.rev < holder.device.rev)
      renewed(holder, { ...holder.device, leaseEndMs: device.leaseEndMs })
    else renewed(holder, device)
    if (isNew) ctx.tasks.track(inTurn(holder, () => begin(holder)))
  }

  /** With the settings as they are by now. */
  async function begin(holder: Holder): Promise<void> {
    const session = await findSession(ctx.db, holder.session.id)
    if (session !== null && session.state !== 'removed')
      useSettings(holder, session, settingsOf(ctx, session))
    await restart(holder)
  }

  async function obey(sessionId: string): Promise<void> {
    const holder = holders.get(sessionId)
    if (holder === undefined) return lookSoon()
    const device = await findDevice(ctx.db, sessionId)
    if (device === null || device.fence !== holder.lease.fence) return
    follow(holder, { ...device, leaseEndMs: holder.device.leaseEndMs })
  }

  function lookSoon(): void {
    wake.abort()
  }

  async function keepLooking(): Promise<void> {
    while (!stop.signal.aborted) {
      wake = new AbortController()
      await look().catch((error: unknown) =>
        ctx.log.debug({ err: error }, 'devices could not be looked after'),
      )
      await wait(jitter(renewMs), wake.signal)
    }
  }

  subscribeToSignals(
    ctx,
    {
      onGap: lookSoon,
      onSignal(signal) {
        if (signal.kind === 'wanted') lookSoon()
        if (signal.kind === 'command') ctx.tasks.track(obey(signal.session))
        if (signal.kind === 'wake' && signal.owner === ownerId) onWake(signal)
        if (signal.kind === 'read' && signal.owner === ownerId)
          ctx.tasks.track(markReadHere(ctx, holders.get(signal.session), signal))
      },
    },
    stop.signal,
  )
  const looking = keepLooking()

  return {
    async close() {
      stop.abort()
      wake.abort()
      // First, so that the others count without this one when its devices are signalled as wanted.
      await retireWorker(ctx.db, ownerId).catch(() => undefined)
      await Promise.all([looking, ...[...holders.values()].map(release)])
      await ctx.signals.send(JSON.stringify({ kind: 'wanted' } satisfies DeviceSignal))
    },
  }
}

/** One act after the other for each device. */
function inTurn(holder: Holder, act: () => Promise<void>): Promise<void> {
  holder.turn = holder.turn.then(act).catch((error: unknown) => {
    holder.ctx.log.error({ err: error, sessionId: holder.session.id }, 'a device could not be looked after')
  })
  return holder.turn
}

/** The settings of a session in clear; none when it was removed, or no key opens them any more. */
function settingsOf(ctx: Context, session: Session): unknown {
  try {
    return session.state === 'removed' ? {} : decryptSettings(ctx, session)
  } catch {
    return {}
  }
}
