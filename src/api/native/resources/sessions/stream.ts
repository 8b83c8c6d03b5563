import type { FastifyReply } from 'fastify'
import type { Context } from '../../../../context.ts'
import { watchLink, type LinkEvent } from '../../../../services/links/events.ts'
import { wait } from '../../../../kit/concurrency/wait.ts'
import { presentCode, presentLink } from './link-view.ts'

const heartbeatMs = 15_000
/** How long a browser waits before it comes back. */
const comeBackMs = 2_000

/** Writes how a device goes on as server-sent events, until the reader leaves or it is over. */
export async function streamDevice(
  ctx: Context,
  place: { accountId: string; id: string },
  { reply, closing }: { reply: FastifyReply; closing: AbortSignal },
): Promise<FastifyReply> {
  const gone = new AbortController()
  const events = watchLink(ctx, place, gone.signal)
  reply.hijack()
  const { raw } = reply
  const leave = (): void => gone.abort()
  raw.once('close', leave)
  closing.addEventListener('abort', leave, { once: true })
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
    'x-accel-buffering': 'no',
  })
  raw.write(`retry: ${comeBackMs}\n\n`)
  const beating = beat(raw, gone.signal)
  try {
    for await (const one of events) {
      raw.write(eventOf(one))
      if (one.kind === 'end') break
    }
  } catch (error) {
    ctx.log.debug({ err: error }, 'a stream broke off')
  } finally {
    gone.abort()
    closing.removeEventListener('abort', leave)
    raw.end()
    await beating
  }
  return reply
}

async function beat(raw: FastifyReply['raw'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(heartbeatMs, signal)
    if (!signal.aborted) raw.write(': still here\n\n')
  }
}

function eventOf(one: LinkEvent): string {
  switch (one.kind) {
    case 'state':
      return written('state', presentLink(one.link), one.rev)
    case 'code':
      return written(one.code.method, presentCode(one.code), one.rev)
    case 'connected':
      return written('connected', { phone: one.link.phone, pushName: one.link.pushName }, one.rev)
    case 'error':
      return written('error', { state: one.link.state, reason: one.link.reason }, one.rev)
    case 'end':
      return written('end', {}, one.rev)
  }
}

function written(event: string, data: object, rev: number): string {
  return `id: ${rev}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
