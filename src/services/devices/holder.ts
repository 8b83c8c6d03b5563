import pLimit from 'p-limit'
import type { Context } from '../../context.ts'
import type { HeldDevice } from '../../db/stores/devices/leases.ts'
import { releaseLease } from '../../db/stores/devices/leases.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { leaseMarginMs } from '../../domain/devices/timing.ts'
import { within } from '../../kit/concurrency/within.ts'
import type { Connection, Provider } from '../../providers/contract.ts'
import { publishChanged } from '../links/signals.ts'
import { forgetDevice } from '../links/state.ts'
import { addLive, dropLive, type LiveDevice } from './live.ts'
import { createDevicePacer } from './pacer.ts'

/** A device whose lease this process has: it alone may hold its connection. */
export interface Holder {
  ctx: Context
  session: Session
  provider: Provider
  /** The settings of the session in clear. */
  settings: unknown
  /** As it was when it was last looked at. */
  device: HeldDevice
  live: LiveDevice
  lease: { sessionId: string; ownerId: string; fence: string }
  /** Fires when the lease is lost or given up. */
  lost: AbortController
  connection: Connection | null
  /** Ends in a row without a connection that lasted, by how they ended. */
  failures: { all: number; broken: number }
  /** The connection that is to be opened after a wait. */
  retry: NodeJS.Timeout | null
  watchdog: NodeJS.Timeout | null
  /** Reports are written one after the other. */
  reports: Promise<void>
  /** So are the acts that change its connection. */
  turn: Promise<void>
  /** Counts connections, so that what one that was replaced reports is not taken for the present one's. */
  round: number
}

/** Makes the holder of a device that was just claimed. */
export function createHolder(
  ctx: Context,
  {
    device,
    ownerId,
    session,
    provider,
    settings,
  }: Pick<Holder, 'device' | 'session' | 'provider' | 'settings'> & { ownerId: string },
): Holder {
  const { sessionId, fence, restrictedUntil } = device
  const pace = provider.connections?.pace(settings) ?? { burst: 1, jitter: 0, newChatsPerDay: 0 }
  const live: LiveDevice = {
    sessionId,
    channel: null,
    pacer: createDevicePacer(pace),
    newChatsPerDay: pace.newChatsPerDay,
    hasMoreRoom: false,
    restrictedUntil,
    known: new Set(),
    asking: pLimit(1),
  }
  addLive(ctx, live)
  const holder: Holder = {
    ctx,
    session,
    provider,
    settings,
    device,
    live,
    lease: { sessionId, ownerId, fence },
    lost: new AbortController(),
    connection: null,
    failures: { all: 0, broken: 0 },
    retry: null,
    watchdog: null,
    reports: Promise.resolve(),
    turn: Promise.resolve(),
    round: 0,
  }
  watchLease(holder)
  return holder
}

/** Takes over settings that the owner changed. */
export function useSettings(holder: Holder, session: Session, settings: unknown): void {
  holder.session = session
  holder.settings = settings
  const pace = holder.provider.connections?.pace(settings)
  if (pace === undefined) return
  holder.live.hasMoreRoom ||= pace.newChatsPerDay > holder.live.newChatsPerDay
  holder.live.newChatsPerDay = pace.newChatsPerDay
}

/** Takes over what a renewal said. */
export function renewed(holder: Holder, device: HeldDevice): void {
  holder.device = device
  holder.live.restrictedUntil = device.restrictedUntil
  watchLease(holder)
}

/** Whether the lease holds for sure, on this process's clock: a process that was stopped finds here that it does not. */
export function mayWrite({ device, lost }: Holder): boolean {
  return !lost.signal.aborted && performance.now() < device.leaseEndMs - leaseMarginMs / 2
}

/** Gives up before the lease runs out that could not be renewed: then another process may take the device. */
function watchLease(holder: Holder): void {
  if (holder.watchdog !== null) clearTimeout(holder.watchdog)
  if (holder.lost.signal.aborted) return
  const leftMs = holder.device.leaseEndMs - leaseMarginMs - performance.now()
  holder.watchdog = setTimeout(() => loseLease(holder), Math.max(0, leftMs))
}

/** The lease is lost: the connection ends before it sends another byte. */
export function loseLease(holder: Holder): void {
  if (holder.lost.signal.aborted) return
  holder.ctx.log.warn(
    { sessionId: holder.session.id },
    'the lease of a device is lost; its connection is closed',
  )
  forget(holder)
}

function forget(holder: Holder): void {
  holder.live.channel = null
  dropLive(holder.ctx, holder.live)
  if (holder.watchdog !== null) clearTimeout(holder.watchdog)
  if (holder.retry !== null) clearTimeout(holder.retry)
  holder.lost.abort()
}

/** How long a connection has to end in good order when its device goes to another process. */
const stopMs = 1_500

/** Closes the present connection and waits until its memory is written. */
export async function stopConnection(holder: Holder): Promise<void> {
  holder.round += 1
  holder.live.channel = null
  if (holder.retry !== null) clearTimeout(holder.retry)
  holder.retry = null
  const { connection } = holder
  holder.connection = null
  if (connection !== null) await within(stopMs, connection.stop(), undefined)
}

/** Closes the connection and gives the lease back, so that another process may take the device at once. */
export async function release(holder: Holder): Promise<void> {
  if (holder.lost.signal.aborted) return
  await stopConnection(holder)
  await holder.reports
  forget(holder)
  await releaseLease(holder.ctx.db, holder.lease).catch((error: unknown) =>
    holder.ctx.log.debug({ err: error }, 'a lease could not be given back; it runs out'),
  )
  forgetDevice(holder.ctx, holder.session.id)
  publishChanged(holder.ctx, holder.session.id)
}
