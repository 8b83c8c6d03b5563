import type { LimitFunction } from 'p-limit'
import { perContext, type Context } from '../../context.ts'
import type { Pacer } from '../../domain/messages/pacer.ts'
import { newId } from '../../kit/id.ts'
import type { Channel } from '../../providers/contract.ts'
import type { DevicePacer } from './pacer.ts'

/** A device whose connection is held by this process. */
export interface LiveDevice {
  sessionId: string
  /** Null while it is not connected. */
  channel: Channel | null
  pacer: DevicePacer
  newChatsPerDay: number
  /** Its owner allowed more new chats, and the messages that wait for room were not told yet. */
  hasMoreRoom: boolean
  /** Until when the network refuses chats with new people. */
  restrictedUntil: Date | null
  /** People whom it may write to: they have a chat already. */
  known: Set<string>
  /** Lets one at a time ask for new chats, so that each counts those of the others. */
  asking: LimitFunction
}

/** The id under which this process holds devices. */
export const processId = perContext(() => newId())

const devices = perContext(() => new Map<string, LiveDevice>())

/** The device of a session, if this process holds it; null otherwise. */
export function liveDevice(ctx: Context, sessionId: string): LiveDevice | null {
  return devices(ctx).get(sessionId) ?? null
}

/** Says that this process holds a device from now on. */
export function addLive(ctx: Context, device: LiveDevice): void {
  devices(ctx).set(device.sessionId, device)
}

/** Says that it does no more. A device that was added anew since stays. */
export function dropLive(ctx: Context, device: LiveDevice): void {
  if (devices(ctx).get(device.sessionId) === device) devices(ctx).delete(device.sessionId)
}

/** How many devices are connected in this process. */
export function countConnected(ctx: Context): number {
  return [...devices(ctx).values()].filter(({ channel }) => channel !== null).length
}

/** Where the pace of a sender is kept: with its connection, or shared by all processes. */
export function pacerOf(ctx: Context, sessionId: string): Pacer {
  return liveDevice(ctx, sessionId)?.pacer ?? ctx.pacer
}
