import { perContext, type Context } from '../../context.ts'
import { findDevice } from '../../db/stores/devices/devices.ts'
import type { Device } from '../../domain/devices/link.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import { subscribeToSignals } from './signals.ts'

/** How often to look although no signal came: signals may be lost. */
const lookEveryMs = 2_000

/** The callbacks of those in this process who wait for a change, by session. */
const watchers = perContext((ctx: Context) => {
  const bySession = new Map<string, Set<() => void>>()
  subscribeToSignals(
    ctx,
    {
      onGap: () => bySession.forEach((some) => some.forEach((look) => look())),
      onSignal(signal) {
        if (signal.kind === 'changed') bySession.get(signal.session)?.forEach((look) => look())
      },
    },
    ctx.stopping,
  )
  return bySession
})

/**
 * The device of a session as it is, and again each time it changes, wherever it is held. Ends when `signal` fires or
 * the process stops. States that follow one another fast may be given as one: the last counts.
 */
export async function* watchDevice(
  ctx: Context,
  sessionId: string,
  signal: AbortSignal,
): AsyncGenerator<Device | null> {
  const end = AbortSignal.any([signal, ctx.stopping])
  let wake = new AbortController()
  const look = (): void => wake.abort()
  const all = watchers(ctx)
  all.set(sessionId, (all.get(sessionId) ?? new Set()).add(look))
  end.addEventListener('abort', look, { once: true })
  let seen: string | null = null
  try {
    while (!end.aborted) {
      wake = new AbortController()
      const device = await findDevice(ctx.db, sessionId)
      // Its holder is part of how it stands: one that nobody holds is not connected.
      const now = `${device?.rev ?? 0} ${device?.ownerId ?? ''}`
      if (now !== seen) yield device
      seen = now
      await wait(lookEveryMs, wake.signal)
    }
  } finally {
    end.removeEventListener('abort', look)
    const some = all.get(sessionId)
    some?.delete(look)
    if (some?.size === 0) all.delete(sessionId)
  }
}

/** Waits until a device is as wanted; null when that takes longer than `withinMs`. */
export async function untilDevice(
  ctx: Context,
  { sessionId, withinMs }: { sessionId: string; withinMs: number },
  wanted: (device: Device) => boolean,
): Promise<Device | null> {
  for await (const device of watchDevice(ctx, sessionId, AbortSignal.timeout(withinMs))) {
    if (device !== null && wanted(device)) return device
  }
  return null
}
