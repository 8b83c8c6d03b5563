import type { Context } from '../../context.ts'
import { reportDevice, type DeviceReport, type LeaseKey } from '../../db/stores/devices/devices.ts'
import { findSession } from '../../db/stores/sessions/read.ts'
import type { Device } from '../../domain/devices/link.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import { untilStored } from '../common/until-stored.ts'
import { forgetDevice } from '../links/state.ts'
import { tellChanged } from '../links/signals.ts'
import { metrics } from '../telemetry/metrics.ts'
import { publishEventsSoon } from '../webhooks/publish.ts'

/** An event about a device, but for whose it is. */
type News = NewEvent extends infer Event
  ? Event extends NewEvent
    ? Pick<Event, 'type' | 'data'>
    : never
  : never

/** How the sender is named in every event about it. */
interface NamedSender {
  session: string
  name: string
  provider: string
}

/** What is told of a report to the owner's webhooks. */
export type DeviceNews = (sender: NamedSender, device: Device) => News

/**
 * Writes how a device stands, under its lease, and tells everybody who wants to know. Null: the lease is lost, or the
 * owner has given another command since, and nothing was written.
 */
export async function report(
  ctx: Context,
  lease: LeaseKey & { command: number },
  facts: DeviceReport,
  news: DeviceNews | null = null,
): Promise<Device | null> {
  const device = await untilStored(ctx, () => reportDevice(ctx.db, lease, facts))
  if (device === null) return null
  forgetDevice(ctx, device.sessionId)
  tellChanged(ctx, device.sessionId)
  if (facts.state !== undefined) metrics(ctx)?.deviceStates.inc({ state: facts.state })
  if (news !== null) ctx.tasks.track(publish(ctx, device, news))
  return device
}

async function publish(ctx: Context, device: Device, news: DeviceNews): Promise<void> {
  const session = await untilStored(ctx, () => findSession(ctx.db, device.sessionId))
  if (session === null || session.state === 'removed') return
  const { id: sessionId, accountId, name, provider } = session
  const told = news({ session: sessionId, name, provider }, device)
  ctx.log.info({ sessionId, accountId, state: device.state, reason: device.reason }, `a device: ${told.type}`)
  publishEventsSoon(ctx, [{ accountId, sessionId, ...told }])
}
