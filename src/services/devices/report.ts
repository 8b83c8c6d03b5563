import type { Context } from '../../context.ts'
import { reportDevice, type DeviceReport, type LeaseKey } from '../../db/stores/devices/devices.ts'
import { findSession } from '../../db/stores/sessions/read.ts'
import type { Device } from '../../domain/devices/link.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import { untilStored } from '../common/until-stored.ts'
import { forgetDevice } from '../links/state.ts'
import { publishChanged } from '../links/signals.ts'
import { metrics } from '../telemetry/metrics.ts'
import { publishEventsSoon } from '../webhooks/publish.ts'

/** An event about a device, without its account and session. */
type AnyEvent = NewEvent extends infer Event
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

/** Makes the event that the owner's webhooks get of a report. */
export type DeviceEvent = (sender: NamedSender, device: Device) => AnyEvent

/**
 * Writes how a device stands, under its lease, and publishes it to all who subscribed. Null: the lease is lost, or the
 * owner has given another command since, and nothing was written.
 */
export async function report(
  ctx: Context,
  lease: LeaseKey & { command: number },
  facts: DeviceReport,
  event: DeviceEvent | null = null,
): Promise<Device | null> {
  const device = await untilStored(ctx, () => reportDevice(ctx.db, lease, facts))
  if (device === null) return null
  forgetDevice(ctx, device.sessionId)
  publishChanged(ctx, device.sessionId)
  if (facts.state !== undefined) metrics(ctx)?.deviceStates.inc({ state: facts.state })
  if (event !== null) ctx.tasks.track(publish(ctx, device, event))
  return device
}

async function publish(ctx: Context, device: Device, event: DeviceEvent): Promise<void> {
  const session = await untilStored(ctx, () => findSession(ctx.db, device.sessionId))
  if (session === null || session.state === 'removed') return
  const { id: sessionId, accountId, name, provider } = session
  const made = event({ session: sessionId, name, provider }, device)
  ctx.log.info({ sessionId, accountId, state: device.state, reason: device.reason }, `a device: ${made.type}`)
  publishEventsSoon(ctx, [{ accountId, sessionId, ...made }])
}
