import type { Context } from '../../context.ts'
import { countBatch, findBatch, type BatchRecord } from '../../db/stores/messages/batches.ts'
import { AppError } from '../../domain/app-error.ts'

/** A batch and where its messages stand. */
export interface BatchOverview {
  batch: BatchRecord
  byStatus: Record<string, number>
}

/** One batch of an account. Throws `not_found`, also for another account's. */
export async function getBatch(ctx: Context, accountId: string, id: string): Promise<BatchOverview> {
  const batch = await findBatch(ctx.db, accountId, id)
  if (batch === null) throw new AppError('not_found', 'There is no such batch in your account.')
  return { batch, byStatus: await countBatch(ctx.db, accountId, id) }
}
