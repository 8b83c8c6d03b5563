import { deleteDevice, type DeviceReport } from '../../db/stores/devices/devices.ts'
import { clearDeviceKeys } from '../../db/stores/devices/keys.ts'
import { releaseWaiting } from '../../db/stores/devices/waiting.ts'
import { findSession } from '../../db/stores/sessions/read.ts'
import { nameSender } from '../../db/stores/sessions/write.ts'
import { brokenMax, logOutMs, reconnectBackoff, stableMs } from '../../domain/devices/timing.ts'
import type { WaitingReason } from '../../domain/devices/waiting.ts'
import { lanes } from '../../domain/messages/message.ts'
import { backoffMs } from '../../kit/backoff.ts'
import type { ConnectionEnd, ConnectionPurpose, ConnectionReport } from '../../providers/contract.ts'
import { ends, type EndState } from './ends.ts'
import { release, mayWrite, stopConnection, type Holder } from './holder.ts'
import { metrics } from '../telemetry/metrics.ts'
import { countConnected } from './live.ts'
import { connectionPorts } from './ports.ts'
import { report, type DeviceEvent } from './report.ts'

/** Messages that are made due by one statement when their device is connected. */
const releasedMax = 500

/** Does with a device what its owner wants: connects it, pairs it, logs it out, or lets it go. */
export async function run(holder: Holder): Promise<void> {
  const { wanted, purpose } = holder.device
  if (!wanted) return release(holder)
  switch (purpose) {
    case 'pair':
      return pair(holder)
    case 'logout':
      return logOut(holder)
    case 'link':
      return connect(holder, { kind: 'link' })
  }
}

/** Starts anew, as after a command of the owner's. */
export async function restart(holder: Holder): Promise<void> {
  holder.failures = { all: 0, broken: 0 }
  await stopConnection(holder)
  await run(holder)
}

async function pair(holder: Holder): Promise<void> {
  const { pairingMethod: method, pairingPhone: phone } = holder.device
  await clearDeviceKeys(holder.ctx.db, holder.lease)
  const purpose: ConnectionPurpose =
    method === 'code' && phone !== null ? { kind: 'pair', method, phone } : { kind: 'pair', method: 'qr' }
  await connect(holder, purpose)
}

async function connect(holder: Holder, purpose: ConnectionPurpose): Promise<void> {
  const { ctx, session, provider, settings, lease, lost, device } = holder
  if (lost.signal.aborted) return
  holder.round += 1
  const { round } = holder
  if (purpose.kind === 'link' && device.purpose === 'link' && device.state !== 'connecting') {
    await update(holder, { state: 'connecting', nextRetryInMs: null }, null)
  }
  const isPresent = (): boolean => holder.round === round && !lost.signal.aborted
  const ports = connectionPorts(ctx, {
    session,
    provider,
    lease,
    signal: lost.signal,
    mayWrite: () => mayWrite(holder),
    onReport(one) {
      if (!isPresent()) return
      holder.reports = holder.reports
        .then(() => (isPresent() ? take(holder, one) : undefined))
        .catch((error: unknown) =>
          ctx.log.error({ err: error, sessionId: session.id }, 'a device could not report'),
        )
    },
  })
  try {
    const opened = await provider.connections?.open({ id: session.id, settings }, ports, purpose)
    if (opened === undefined) return
    if (isPresent()) holder.connection = opened
    else await opened.stop()
  } catch (error) {
    ctx.log.warn({ err: error, sessionId: session.id }, 'a device could not be opened')
    if (isPresent()) await ended(holder, 'retry', 'The device could not be opened.')
  }
}

async function take(holder: Holder, one: ConnectionReport): Promise<void> {
  switch (one.kind) {
    case 'code': {
      const { method, shown, forMs } = one
      const encrypted = holder.ctx.encrypter.encrypt(
        JSON.stringify({ method, shown }),
        `pairing:${holder.session.id}`,
      )
      await update(holder, { pairing: { encrypted, forMs } }, (sender, { pairingUntil }) => ({
        type: method === 'qr' ? 'session.qr' : 'session.code',
        data: { ...sender, expiresAt: pairingUntil?.toISOString() ?? null },
      }))
      return
    }
    case 'paired':
      await update(
        holder,
        { state: 'connecting', phone: one.phone, pairing: null, purpose: 'link' },
        (sender, { phone }) => ({ type: 'session.paired', data: { ...sender, phone } }),
      )
      return
    case 'connected':
      return connected(holder, one)
    case 'restricted':
      holder.live.restrictedUntil = one.until
      await update(holder, { restrictedUntil: one.until }, (sender) => ({
        type: 'session.restricted',
        data: { ...sender, until: one.until?.toISOString() ?? null },
      }))
      return
    case 'ended':
      return ended(holder, one.end, one.detail)
  }
}

async function connected(
  holder: Holder,
  { phone, pushName }: Extract<ConnectionReport, { kind: 'connected' }>,
): Promise<void> {
  const { ctx, live, connection, round } = holder
  if (holder.device.purpose === 'logout') return finishLogOut(holder)
  const name = pushName === '~' ? null : pushName
  const facts = { state: 'connected', phone, pushName: name, reason: null, nextRetryInMs: null } as const
  const device = await update(holder, facts, (sender) => ({
    type: 'session.connected',
    data: { ...sender, phone, pushName: name },
  }))
  if (device === null || connection === null) return
  await nameSender(ctx.db, { id: holder.session.id, displayPhoneNumber: `+${phone}`, verifiedName: name })
  live.channel = connection.channel
  metrics(ctx)?.devicesConnected.set(countConnected(ctx))
  setTimeout(() => {
    if (holder.round === round) holder.failures = { all: 0, broken: 0 }
  }, stableMs).unref()
  ctx.tasks.track(wakeMessages(holder))
}

/** Wakes the messages that waited for the device, some at a time, for as long as it is connected. */
async function wakeMessages({ ctx, session, live }: Holder): Promise<void> {
  const reasons: WaitingReason[] = ['device_disconnected']
  if (live.hasMoreRoom) reasons.push('new_chats_capped')
  live.hasMoreRoom = false
  for (let withDue = true; live.channel !== null; withDue = false) {
    const waiting = await releaseWaiting(ctx.db, {
      sessionId: session.id,
      reasons,
      max: releasedMax,
      withDue,
    })
    for (const lane of lanes) {
      const ids = waiting.filter((message) => message.lane === lane).map(({ id }) => id)
      if (ids.length > 0) ctx.tasks.track(ctx.queue.enqueue(`send-${lane}`, ids, { requeued: true }))
    }
    if (waiting.length < releasedMax) return
  }
}

async function ended(holder: Holder, end: ConnectionEnd, detail: string): Promise<void> {
  holder.connection = null
  holder.live.channel = null
  holder.round += 1
  metrics(holder.ctx)?.devicesConnected.set(countConnected(holder.ctx))
  if (end === 'lost') return
  if (end === 'reopen') {
    // Such an end says that the pairing is done, or that the server wants another connection.
    if (holder.device.purpose === 'pair') holder.device = { ...holder.device, purpose: 'link' }
    return connect(holder, { kind: 'link' })
  }
  if (holder.device.purpose === 'logout') return finishLogOut(holder)
  holder.failures.all += 1
  if (end === 'broken') holder.failures.broken += 1
  const isGone = end === 'broken' && holder.failures.broken >= brokenMax
  if (isGone) return finish(holder, ends.logged_out, 'Its session is broken for good. Pair it again.')
  if (end === 'retry' || end === 'broken') return retryLater(holder, detail)
  return finish(holder, ends[end], detail)
}

async function retryLater(holder: Holder, detail: string): Promise<void> {
  const { failures, device } = holder
  if (device.purpose === 'pair') return finish(holder, ends.unpaired, detail)
  const waitMs = backoffMs(failures.all, reconnectBackoff)
  await update(
    holder,
    { state: 'disconnected', reason: detail, nextRetryInMs: waitMs },
    (sender, { nextRetryAt }) => ({
      type: 'session.disconnected',
      data: { ...sender, reason: detail, nextRetryAt: nextRetryAt?.toISOString() ?? null },
    }),
  )
  holder.retry = setTimeout(() => holder.ctx.tasks.track(connect(holder, { kind: 'link' })), waitMs)
}

/** The device does not come back by itself: says why, and lets it go. */
async function finish(holder: Holder, { state, forgets, type }: EndState, detail: string): Promise<void> {
  if (forgets) await clearDeviceKeys(holder.ctx.db, holder.lease)
  const facts = {
    state,
    reason: detail,
    nextRetryInMs: null,
    pairing: null,
    unwanted: true,
    purpose: 'link',
  } as const
  await update(holder, facts, (sender) => ({ type, data: { ...sender, reason: detail } }))
  letGo(holder)
}

/** Not awaited, because it waits for the reports, and this is one. */
function letGo(holder: Holder): void {
  holder.ctx.tasks.track(release(holder))
}

/** A device is logged out at the provider if it can be reached in time, and forgotten in any case. */
async function logOut(holder: Holder): Promise<void> {
  holder.retry = setTimeout(() => holder.ctx.tasks.track(finishLogOut(holder)), logOutMs)
  await connect(holder, { kind: 'link' })
}

async function finishLogOut(holder: Holder): Promise<void> {
  const { ctx, session, connection } = holder
  holder.round += 1
  holder.connection = null
  if (holder.retry !== null) clearTimeout(holder.retry)
  await connection?.logOut()
  await finish(holder, ends.logged_out, 'You logged the device out.')
  const now = await findSession(ctx.db, session.id)
  if (now === null || now.state === 'removed') await deleteDevice(ctx.db, holder.lease)
}

async function update(
  holder: Holder,
  facts: DeviceReport,
  event: DeviceEvent | null,
): ReturnType<typeof report> {
  const { ctx, lease, device } = holder
  const after = await report(ctx, { ...lease, command: device.command }, facts, event)
  if (after !== null) holder.device = { ...after, leaseEndMs: holder.device.leaseEndMs }
  return after
}
