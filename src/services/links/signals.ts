import { z } from 'zod'
import type { Context } from '../../context.ts'
import { lanes, type Lane } from '../../domain/messages/message.ts'
import { chunk } from '../../kit/group.ts'
import { parseJson } from '../../kit/json/parse-json.ts'

/**
 * The signals about devices that processes publish to one another. All of it stands in Postgres too, so that a signal
 * saves the waiting; but for a read mark, which is asked for again when its answer does not come.
 */
const signal = z.discriminatedUnion('kind', [
  /** The device of a session changed. */
  z.object({ kind: z.literal('changed'), session: z.uuid() }),
  /** The device of a session was given a command. */
  z.object({ kind: z.literal('command'), session: z.uuid() }),
  /** A device wants a process that holds its connection. */
  z.object({ kind: z.literal('wanted') }),
  /** Messages are due whose device is connected in the process that is named. */
  z.object({
    kind: z.literal('wake'),
    owner: z.uuid(),
    lane: z.enum(lanes),
    requeued: z.boolean(),
    ids: z.array(z.uuid()),
  }),
  /** A customer's message is to be marked as read by the process that is named. */
  z.object({
    kind: z.literal('read'),
    owner: z.uuid(),
    session: z.uuid(),
    message: z.uuid(),
    typing: z.boolean(),
    request: z.uuid(),
  }),
  /** It was (null), or why not. */
  z.object({ kind: z.literal('read-answer'), request: z.uuid(), problem: z.string().nullable() }),
])
export type DeviceSignal = z.infer<typeof signal>

/** A signal may have some thousand bytes. */
const idsMax = 150

/** Publishes to all processes that a device changed. */
export function publishChanged(ctx: Context, sessionId: string): void {
  send(ctx, { kind: 'changed', session: sessionId })
}

/** Publishes to the process that holds a device, or may come to, that its owner has given a command. */
export function publishCommand(ctx: Context, sessionId: string): void {
  send(ctx, { kind: 'command', session: sessionId })
  send(ctx, { kind: 'changed', session: sessionId })
}

/** Publishes to all processes that a device wants one that holds its connection. */
export function publishWanted(ctx: Context): void {
  send(ctx, { kind: 'wanted' })
}

/** Hands due messages to the process that holds their device. */
export function wakeOwner(
  ctx: Context,
  { owner, lane, ids, requeued }: { owner: string; lane: Lane; ids: string[]; requeued: boolean },
): void {
  for (const some of chunk(ids, idsMax)) send(ctx, { kind: 'wake', owner, lane, requeued, ids: some })
}

/** Asks the process that holds a device to mark a message as read. */
export function publishReadMark(
  ctx: Context,
  {
    owner,
    sessionId,
    messageId,
    typing,
    request,
  }: { owner: string; sessionId: string; messageId: string; typing: boolean; request: string },
): void {
  send(ctx, { kind: 'read', owner, session: sessionId, message: messageId, typing, request })
}

/** Answers such a request: null when it is done, or why not. */
export function publishReadAnswer(ctx: Context, request: string, problem: string | null): void {
  send(ctx, { kind: 'read-answer', request, problem: problem?.slice(0, 500) ?? null })
}

function send(ctx: Context, one: DeviceSignal): void {
  ctx.tasks.track(ctx.signals.send(JSON.stringify(one)))
}

/** Subscribes to the signals of all processes, this one's too. `onGap`: some may have been missed. */
export function subscribeToSignals(
  ctx: Context,
  listener: { onSignal(signal: DeviceSignal): void; onGap(): void },
  stop: AbortSignal,
): void {
  ctx.signals.listen(
    {
      onGap: listener.onGap,
      onSignal(text) {
        const read = signal.safeParse(parseJson(text))
        if (read.success) listener.onSignal(read.data)
      },
    },
    stop,
  )
}
