import { z } from 'zod'
import type { Context } from '../../context.ts'
import { readChatUse } from '../../db/stores/devices/chats.ts'
import { findDevices } from '../../db/stores/devices/devices.ts'
import {
  pairingMethods,
  shownState,
  type Device,
  type LinkState,
  type PairingCode,
} from '../../domain/devices/link.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { after } from '../../kit/clock.ts'
import { decryptSettings } from '../senders/encryption.ts'
import { hasConnection, providerOf } from '../senders/providers.ts'

/** How a linked device stands, as its owner sees it. */
export interface LinkView {
  state: LinkState
  phone: string | null
  pushName: string | null
  since: Date | null
  lastSeenAt: Date | null
  reason: string | null
  nextRetryAt: Date | null
  restrictedUntil: Date | null
  newChats: { perDay: number; used: number; left: number }
}

/** The links of those sessions that are linked devices, by their ids. */
export async function readLinks(
  ctx: Context,
  sessions: readonly LiveSession[],
): Promise<Map<string, LinkView>> {
  const linked = sessions.filter((session) => hasConnection(ctx, session))
  if (linked.length === 0) return new Map()
  const ids = linked.map(({ id }) => id)
  const [devices, uses] = await Promise.all([findDevices(ctx.db, ids), readChatUse(ctx.db, ids)])
  return new Map(
    linked.map((session) => {
      const perDay = newChatsPerDay(ctx, session)
      const used = uses.get(session.id)?.used ?? 0
      const newChats = { perDay, used, left: Math.max(0, perDay - used) }
      return [session.id, linkOf(devices.get(session.id) ?? null, newChats, ctx.clock.now())]
    }),
  )
}

/** When a device may write to somebody new again; null when it may, or nothing says when. */
export async function nextNewChatAt(ctx: Context, session: LiveSession): Promise<Date | null> {
  const now = ctx.clock.now()
  const device = (await findDevices(ctx.db, [session.id])).get(session.id)
  const until = device?.restrictedUntil ?? null
  if (until !== null && until > now) return until
  const use = (await readChatUse(ctx.db, [session.id])).get(session.id)
  if (use === undefined || use.nextInMs === null || use.used < newChatsPerDay(ctx, session)) return null
  return after(now, use.nextInMs)
}

function newChatsPerDay(ctx: Context, session: LiveSession): number {
  const { connections } = providerOf(ctx, session.provider)
  try {
    return connections?.pace(decryptSettings(ctx, session)).newChatsPerDay ?? 0
  } catch {
    return 0
  }
}

function linkOf(device: Device | null, newChats: LinkView['newChats'], now: Date): LinkView {
  if (device === null) return { ...unpaired, newChats }
  const { phone, pushName, since, lastSeenAt, reason, nextRetryAt, restrictedUntil } = device
  const isRestricted = restrictedUntil !== null && restrictedUntil > now
  return {
    state: stateOf(device, now),
    phone,
    pushName,
    since,
    lastSeenAt,
    reason,
    nextRetryAt,
    restrictedUntil: isRestricted ? restrictedUntil : null,
    newChats,
  }
}

const unpaired = {
  state: 'unpaired',
  phone: null,
  pushName: null,
  since: null,
  lastSeenAt: null,
  reason: null,
  nextRetryAt: null,
  restrictedUntil: null,
} as const

/** A device that no process holds is not connected, whatever the one that vanished had written. */
export function stateOf(device: Device, now: Date): LinkState {
  const shown = shownState(device, now)
  const isUp = shown === 'connected' || shown === 'restricted'
  return isUp && device.ownerId === null ? 'connecting' : shown
}

const code = z.object({ method: z.enum(pairingMethods), shown: z.string() })

/** The code that a device shows now; null when it shows none, or it works no more. */
export function shownCode(ctx: Context, device: Device | null): (PairingCode & { expiresAt: Date }) | null {
  if (device === null || device.pairing === null || device.pairingUntil === null) return null
  if (device.pairingUntil <= ctx.clock.now()) return null
  const text = ctx.encrypter.decrypt(device.pairing, `pairing:${device.sessionId}`)
  return { ...code.parse(JSON.parse(text)), expiresAt: device.pairingUntil }
}
