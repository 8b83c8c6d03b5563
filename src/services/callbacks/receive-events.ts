import { perContext, type Context } from '../../context.ts'
import type { ArchivedCallback } from '../../db/stores/callbacks/callbacks.ts'
import type { ProviderEvent } from '../../domain/provider-event.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { after } from '../../kit/clock.ts'
import { newId } from '../../kit/id.ts'
import { applyGraceMs, archiveAndApply } from './apply.ts'

/** Events of all connections of this process share their writes. In one lane, so that their order is kept. */
const archives = perContext((ctx: Context) =>
  createBatcher<ArchivedCallback[], void>({
    itemsMax: 64,
    lanes: 1,
    waitingMax: Infinity,
    async run(lists) {
      await archiveAndApply(ctx, lists.flat())
      return lists.map(() => ({ status: 'fulfilled', value: undefined }))
    },
  }),
)

/** Stores what a session's own connection reported, and applies it. When this resolves it is committed. */
export async function receiveEvents(
  ctx: Context,
  { session, events }: { session: Pick<Session, 'id' | 'provider'>; events: readonly ProviderEvent[] },
): Promise<void> {
  const now = ctx.clock.now()
  await archives(ctx).add(
    events.map((event) => ({
      id: newId(),
      provider: session.provider,
      sessionId: session.id,
      body: Buffer.from(JSON.stringify(event)),
      receivedAt: now,
      dueAt: after(now, applyGraceMs),
    })),
  )
}
