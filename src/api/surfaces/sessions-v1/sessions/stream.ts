import type { FastifyReply } from 'fastify'
import type { Context } from '../../../../context.ts'
import { AppError } from '../../../../domain/app-error.ts'
import { wait } from '../../../../kit/concurrency/wait.ts'
import { connectDevice, pairDevice } from '../../../../services/links/commands.ts'
import { watchLink, type LinkEvent } from '../../../../services/links/events.ts'
import type { LinkView } from '../../../../services/links/view.ts'
import { traitsOf } from '../../../../services/senders/providers.ts'
import { pictureOf } from '../../../../kit/qr/picture.ts'
import type { OwnSession } from './own.ts'
import { presentSession } from './schema.ts'

const heartbeatMs = 1_000

/** Something that the stream tells. It ends after `connected` and after `error`. */
interface Told {
  event: 'qr' | 'connected' | 'error'
  data: Record<string, unknown>
}

/**
 * Writes how a session comes to be connected as server-sent events: `qr` with a picture, `connected`, `error`. A session
 * that is not paired is paired by it. It ends with the first `connected` or `error`, at the latest after five minutes.
 */
export async function streamSession(
  ctx: Context,
  own: OwnSession,
  { reply, closing }: { reply: FastifyReply; closing: AbortSignal },
): Promise<FastifyReply> {
  const gone = new AbortController()
  const told = own.link === null ? atOnce(ctx, own) : ofDevice(ctx, own, own.link, gone.signal)
  reply.hijack()
  const { raw } = reply
  const leave = (): void => gone.abort()
  raw.once('close', leave)
  closing.addEventListener('abort', leave, { once: true })
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    connection: 'close',
    'x-accel-buffering': 'no',
    'x-request-id': reply.request.id,
  })
  const tell = ({ event, data }: Told): void => {
    if (raw.writable) raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    if (event !== 'qr') leave()
  }
  const beating = beat(raw, gone.signal)
  const timing = wait(ctx.config.devices.streamMs, gone.signal).then(() => {
    if (!gone.signal.aborted) tell(failed(own, 'Connection timeout'))
  })
  try {
    for await (const one of told) {
      if (gone.signal.aborted) break
      tell(one)
    }
  } catch (error) {
    ctx.log.debug({ err: error }, 'a stream broke off')
    tell(failed(own, error instanceof AppError ? error.message : 'The stream broke off. Open it again.'))
  } finally {
    leave()
    closing.removeEventListener('abort', leave)
    raw.end()
    await Promise.all([beating, timing])
  }
  return reply
}

async function beat(raw: FastifyReply['raw'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    raw.write(': heartbeat\n\n')
    await wait(heartbeatMs, signal)
  }
}

/** Of a session without a device. A sandbox plays that it is paired. */
async function* atOnce(ctx: Context, own: OwnSession): AsyncGenerator<Told> {
  if (own.status !== 'connected') {
    const reason = own.session.state === 'stopped' ? own.session.reason.detail : ''
    yield failed(own, reason === '' ? 'Its provider refuses this session.' : reason)
    return
  }
  if (traitsOf(ctx, own.session).isPlayground) yield qr(ctx, own, `sandbox:${own.session.id}`)
  yield connected(own, presentSession(own).phoneNumber)
}

/** Throws `unavailable` at once when too many watch. */
function ofDevice(ctx: Context, own: OwnSession, link: LinkView, gone: AbortSignal): AsyncGenerator<Told> {
  const place = { accountId: own.session.accountId, id: own.session.id }
  const unstarted = new AbortController()
  const events = watchLink(ctx, place, AbortSignal.any([gone, unstarted.signal]))
  return follow(ctx, own, { link, events, unstarted })
}

async function* follow(
  ctx: Context,
  own: OwnSession,
  {
    link,
    events,
    unstarted,
  }: { link: LinkView; events: AsyncGenerator<LinkEvent>; unstarted: AbortController },
): AsyncGenerator<Told> {
  // A pairing that cannot begin ends the stream with its reason.
  ctx.tasks.track(start(ctx, own, link).catch((error: unknown) => unstarted.abort(error)))
  for await (const one of events) {
    const told = toldOf(ctx, own, one)
    if (told !== null) yield told
  }
  if (unstarted.signal.aborted) throw unstarted.signal.reason
}

/** Begins what brings a device back that does not come by itself. */
async function start(ctx: Context, { session }: OwnSession, link: LinkView): Promise<void> {
  const place = { accountId: session.accountId, id: session.id }
  if (['unpaired', 'logged_out', 'banned'].includes(link.state)) {
    await pairDevice(ctx, place, { method: 'qr' })
  } else if (link.state === 'replaced' || (link.state === 'disconnected' && link.nextRetryAt === null)) {
    await connectDevice(ctx, place)
  }
}

function toldOf(ctx: Context, own: OwnSession, one: LinkEvent): Told | null {
  switch (one.kind) {
    case 'state':
      return null
    case 'code':
      return one.code.method === 'qr' ? qr(ctx, own, one.code.shown) : null
    case 'connected':
      return connected(own, one.link.phone === null ? null : `+${one.link.phone}`)
    case 'error':
      return failed(own, one.link.reason ?? `The session is ${one.link.state}.`)
    case 'end':
      return failed(own, 'Session not found')
  }
}

function qr(ctx: Context, { session }: OwnSession, shown: string): Told {
  const { type, body } = pictureOf({ shown }, 'png')
  const picture = `data:${type};base64,${Buffer.from(body).toString('base64')}`
  const timestamp = ctx.clock.now().toISOString()
  return { event: 'qr', data: { session_id: session.id, qr_data: picture, qrData: picture, timestamp } }
}

function connected({ session }: OwnSession, phone: string | null): Told {
  return {
    event: 'connected',
    data: { session_id: session.id, phone_number: phone, phoneNumber: phone, status: 'connected' },
  }
}

function failed({ session }: OwnSession, error: string): Told {
  return { event: 'error', data: { session_id: session.id, error, reason: error } }
}
