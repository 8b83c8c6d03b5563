import type { Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'
import { cancelMessage } from '../messages/manage.ts'

/** Calls back those of some messages that still wait to be handed over; most are on their way by then. */
export async function recallMessages(
  ctx: Context,
  accountId: string,
  messages: readonly { id: string; status: string | null }[],
): Promise<void> {
  const waiting = messages.filter(({ status }) => status === 'queued' || status === 'retrying')
  await Promise.all(waiting.map(({ id }) => recall(ctx, accountId, id)))
}

async function recall(ctx: Context, accountId: string, id: string): Promise<void> {
  await cancelMessage(ctx, accountId, id).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
  })
}
