import { z } from 'zod'
import type { Context } from '../../context.ts'
import { lanes, type Lane } from '../../domain/messages/message.ts'
import { chunk } from '../../kit/group.ts'
import { parseJson } from '../../kit/json/parse-json.ts'

/**
 * The signals about devices that processes publish to one another. All of it stands in Postgres too: a signal saves the
 * waiting.
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
