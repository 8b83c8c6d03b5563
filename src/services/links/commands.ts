import type { Context } from '../../context.ts'
import {
  commandDevice,
  findDevice,
  reloadDevice,
  requestPairing,
  type DeviceCommand,
} from '../../db/stores/devices/devices.ts'
import { findLiveSession } from '../../db/stores/sessions/read.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import { linkRules, type Device, type PairingCode } from '../../domain/devices/link.ts'
import { firstCodeMs } from '../../domain/devices/timing.ts'
import { parseAddress } from '../../domain/messages/address.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { publishEventsSoon } from '../webhooks/publish.ts'
import { providerOf } from '../senders/providers.ts'
import { forgetDevice } from './state.ts'
import { publishCommand, publishWanted } from './signals.ts'
import { untilDevice } from './watch.ts'
import { shownCode, stateOf } from './view.ts'

// The front door of the room: gives commands to linked devices for their owners. The others: `view` shows how a device
// stands, `state` answers the pipeline whether it takes messages, `watch` follows its changes and `events` streams
// them, `stream-token` lets a browser follow, `read-marks` has messages marked as read, and
// `signals` carries changes and commands between processes. The room
// `devices` holds the connections.

/** How long an answer to a pairing may take. */
const codeMsMax = 18_000
/** How long an answer waits until a command is carried out. */
const commandMsMax = 5_000
const logOutMsMax = 17_000

interface Place {
  accountId: string
  id: string
}

/** A code to link a device with, and when it stops to work. */
export type ShownCode = PairingCode & { expiresAt: Date }

/**
 * Begins to link a device and waits for its first code. A pairing under way is begun anew. Throws `session_not_found`,
 * `bad_request` for a sender that is no linked device, `not_configured` where the library is not installed,
 * `session_linked` and `pairing_failed`.
 */
export async function pairDevice(
  ctx: Context,
  place: Place,
  how: { method: 'qr' } | { method: 'code'; phone: string },
): Promise<ShownCode> {
  const session = await findDeviceSession(ctx, place)
  const phone = how.method === 'code' ? phoneOf(how.phone) : null
  const asked = await requestPairing(ctx.db, {
    sessionId: session.id,
    accountId: session.accountId,
    method: how.method,
    phone,
    withinMs: firstCodeMs,
  })
  if (asked === null) throw alreadyLinked(session)
  announce(ctx, session.id)
  const device = await untilDevice(
    ctx,
    { sessionId: session.id, withinMs: codeMsMax },
    (one) => one.command !== asked.command || one.state !== 'pairing' || shownCode(ctx, one) !== null,
  )
  const shown = device?.command === asked.command ? shownCode(ctx, device) : null
  if (shown !== null) return shown
  throw await pairingFailed(ctx, session.id, device)
}

async function pairingFailed(ctx: Context, sessionId: string, device: Device | null): Promise<AppError> {
  const now = device ?? (await findDevice(ctx.db, sessionId))
  // A device whose pairing has ended was held, and may have been given back since.
  const reason =
    now?.state === 'pairing' && now.ownerId === null
      ? 'No worker has taken the device: is one running?'
      : (now?.reason ?? 'WhatsApp did not give a code in time.')
  return new AppError('pairing_failed', `The pairing could not begin. ${reason}`, { retryAfterSeconds: 5 })
}

/** The code that a device shows now. Throws `session_not_found`, `bad_request`, `not_configured` and `no_pairing_code`. */
export async function readCode(ctx: Context, place: Place): Promise<ShownCode> {
  const session = await findDeviceSession(ctx, place)
  const shown = shownCode(ctx, await findDevice(ctx.db, session.id))
  if (shown !== null) return shown
  throw new AppError('no_pairing_code', 'This device shows no code now.', {
    remedy: { do: 'pair_device', sessionId: session.id },
  })
}

/** Connects a linked device that was disconnected or replaced. Doing it twice changes nothing. Throws as `pairDevice`. */
export async function connectDevice(ctx: Context, place: Place): Promise<LiveSession> {
  const session = await findDeviceSession(ctx, place)
  await command(ctx, session, 'connect', null)
  const device = await findDevice(ctx.db, session.id)
  if (device !== null && ['connecting', 'connected', 'disconnected'].includes(device.state)) return session
  throw new AppError('session_not_linked', `The sender "${session.name}" is not linked to a phone.`, {
    remedy: { do: 'pair_device', sessionId: session.id },
  })
}

/**
 * Connects a device as `connectDevice` does, and waits a few seconds until it is connected, or does not come back by
 * itself. Returns whether it is connected.
 */
export async function reconnectDevice(ctx: Context, place: Place): Promise<boolean> {
  const { id: sessionId } = await connectDevice(ctx, place)
  const device = await untilDevice(
    ctx,
    { sessionId, withinMs: commandMsMax },
    (one) => isConnected(ctx, one) || !linkRules[one.state].accepts,
  )
  return device !== null && isConnected(ctx, device)
}

function isConnected(ctx: Context, device: Device): boolean {
  return linkRules[stateOf(device, ctx.clock.now())].sends
}

/** Disconnects a device, which stays linked; a pairing is given up. Doing it twice changes nothing. */
export async function disconnectDevice(ctx: Context, place: Place): Promise<LiveSession> {
  const session = await findDeviceSession(ctx, place)
  const reason = 'You disconnected it.'
  const canceled = await command(ctx, session, 'cancel', 'You gave the pairing up.')
  const device = canceled ?? (await command(ctx, session, 'disconnect', reason))
  if (device === null) return session
  const { id: sessionId, accountId, name, provider } = session
  const sender = { session: sessionId, name, provider }
  publishEventsSoon(ctx, [
    canceled === null
      ? { accountId, sessionId, type: 'session.disconnected', data: { ...sender, reason, nextRetryAt: null } }
      : {
          accountId,
          sessionId,
          type: 'session.unpaired',
          data: { ...sender, reason: canceled.reason ?? reason },
        },
  ])
  // Idle until the process that held it has closed its socket.
  await untilDevice(ctx, { sessionId, withinMs: commandMsMax }, ({ ownerId }) => ownerId === null)
  return session
}

/** Unlinks a device at WhatsApp and forgets its keys. Doing it twice changes nothing. */
export async function logOutDevice(ctx: Context, place: Place): Promise<LiveSession> {
  const session = await findDeviceSession(ctx, place)
  await command(ctx, session, 'cancel', 'You gave the pairing up.')
  const asked = await command(ctx, session, 'logout', 'It is being logged out.')
  if (asked !== null) {
    await untilDevice(
      ctx,
      { sessionId: session.id, withinMs: logOutMsMax },
      ({ purpose }) => purpose !== 'logout',
    )
  }
  return session
}

/** Of a session whose settings changed: has its device opened anew with them. */
export async function reloadDeviceSoon(ctx: Context, sessionId: string): Promise<void> {
  if (await reloadDevice(ctx.db, sessionId)) announce(ctx, sessionId)
}

/** Of a session that was removed: unlinks its device and forgets everything of it, in the background. */
export async function forgetDeviceSoon(ctx: Context, sessionId: string): Promise<void> {
  const asked = await commandDevice(ctx.db, {
    sessionId,
    command: 'remove',
    reason: 'Its session was removed.',
  })
  if (asked !== null) announce(ctx, sessionId)
}

async function command(
  ctx: Context,
  { id: sessionId }: LiveSession,
  what: DeviceCommand,
  reason: string | null,
): Promise<Device | null> {
  const device = await commandDevice(ctx.db, { sessionId, command: what, reason })
  if (device !== null) announce(ctx, sessionId)
  return device
}

function announce(ctx: Context, sessionId: string): void {
  forgetDevice(ctx, sessionId)
  publishCommand(ctx, sessionId)
  publishWanted(ctx)
}

/** A session that is a linked device, where those can be used. */
export async function findDeviceSession(ctx: Context, { accountId, id }: Place): Promise<LiveSession> {
  const session = await findLiveSession(ctx.db, accountId, id)
  if (session === null) throw new AppError('session_not_found', 'There is no such session in your account.')
  const { connections } = providerOf(ctx, session.provider)
  if (connections === undefined) {
    throw new AppError(
      'bad_request',
      `The sender "${session.name}" is no linked device: it has nothing to link.`,
    )
  }
  const missing = await connections.missing()
  if (missing !== null) throw new AppError('not_configured', missing)
  return session
}

function phoneOf(written: string): string {
  const address = parseAddress(written)
  if (address?.kind === 'msisdn') return address.value
  throw invalidField('phone', 'must be the number of the phone in E.164 form, digits only: 27821234567')
}

function alreadyLinked({ name }: LiveSession): AppError {
  return new AppError(
    'session_linked',
    `The sender "${name}" is linked already. Log it out first if you want to link it anew.`,
  )
}
