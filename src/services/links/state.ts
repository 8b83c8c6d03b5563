import { perContext, type Context } from '../../context.ts'
import { findDevice } from '../../db/stores/devices/devices.ts'
import { AppError } from '../../domain/app-error.ts'
import { linkRules, type Device } from '../../domain/devices/link.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { createCache } from '../../kit/cache.ts'
import { hasConnection } from '../senders/providers.ts'

/** How long the pipeline uses a state that it looked up. */
const cachedMs = 500

const devices = perContext((ctx: Context) =>
  createCache<Device | null>({
    ttlMs: cachedMs,
    entriesMax: 10_000,
    load: (sessionId) => findDevice(ctx.db, sessionId),
  }),
)

/** The device of a session as it was lately; null for one that was never paired. For the pipeline. */
export function recentDevice(ctx: Context, sessionId: string): Promise<Device | null> {
  return devices(ctx).get(sessionId)
}

/** Must be called when a device changed: this process looks it up anew. */
export function forgetDevice(ctx: Context, sessionId: string): void {
  devices(ctx).forget(sessionId)
}

/** Throws `session_not_linked` for a device that only its owner can bring back. */
export async function assertLinked(ctx: Context, session: LiveSession): Promise<void> {
  if (!hasConnection(ctx, session)) return
  if (accepts(await recentDevice(ctx, session.id))) return
  // It may have been linked a moment ago, in another process.
  forgetDevice(ctx, session.id)
  const device = await recentDevice(ctx, session.id)
  if (accepts(device)) return
  const state = device?.state ?? 'unpaired'
  throw new AppError(
    'session_not_linked',
    `The sender "${session.name}" is not linked to a phone (${state}).`,
    {
      remedy: { do: 'pair_device', sessionId: session.id },
    },
  )
}

function accepts(device: Device | null): boolean {
  return linkRules[device?.state ?? 'unpaired'].accepts
}
