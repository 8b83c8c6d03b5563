import type { Context } from '../../context.ts'
import { StartError } from '../../kit/start-error.ts'
import type { Surface } from '../http/surface.ts'
import { connectHubSurface } from './connect-hub/surface.ts'
import { msisdnOtpSurface } from './msisdn-otp/surface.ts'
import { mtdSurface } from './mtd/surface.ts'
import { sessionsV1 } from './sessions-v1/index.ts'

/** Every surface that there is, one line a surface. One whose prefix begins with another's stands before it. */
const makers: readonly ((ctx: Context) => Surface)[] = [
  connectHubSurface,
  msisdnOtpSurface,
  mtdSurface,
  sessionsV1,
]

/**
 * The surfaces that are switched on: all, or those that `SURFACES` names. Throws for a name that no surface has, with
 * the names that there are.
 */
export function openSurfaces(ctx: Context): Surface[] {
  const all = makers.map((make) => make(ctx))
  const wanted = ctx.config.surfaces
  if (wanted === 'all') return all
  const names = all.map(({ name }) => name)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new StartError(
      `SURFACES names ${unknown.map((name) => `"${name}"`).join(', ')}; the surfaces are: ${names.join(', ')}.`,
    )
  }
  return all.filter(({ name }) => wanted.includes(name))
}
