import type { Context } from '../../context.ts'
import {
  countApplied,
  findCallbacks,
  type CallbackFilter,
  type CallbackRecord,
} from '../../db/stores/callbacks/callbacks.ts'
import { idFloor } from '../../kit/id.ts'
import { applyCallbacks } from './apply.ts'

export type { CallbackRecord } from '../../db/stores/callbacks/callbacks.ts'

/** Which archived callbacks the operator means. */
export interface CallbackChoice {
  ids: string[] | null
  failedOnly: boolean
  since: Date | null
}

/** A body may have megabytes. */
const pageSize = 20

/** Archived callbacks, the oldest first, at most `limit`. */
export function listCallbacks(
  ctx: Context,
  choice: CallbackChoice,
  limit: number,
): Promise<CallbackRecord[]> {
  return findCallbacks(ctx.db, filterOf(choice), { after: null, limit })
}

/**
 * Applies archived callbacks again; what they said before changes nothing, and those that fail are kept as failures
 * are. Tells how many there were and how many are applied now.
 */
export async function reprocessCallbacks(
  ctx: Context,
  choice: CallbackChoice,
): Promise<{ found: number; applied: number }> {
  const total = { found: 0, applied: 0 }
  for (let after: string | null = null; ;) {
    const page: CallbackRecord[] = await findCallbacks(ctx.db, filterOf(choice), { after, limit: pageSize })
    await applyCallbacks(ctx, page)
    const ids = page.map(({ id }) => id)
    total.found += page.length
    total.applied += await countApplied(ctx.db, ids)
    const last = ids.at(-1)
    if (last === undefined || page.length < pageSize) return total
    after = last
  }
}

function filterOf({ ids, failedOnly, since }: CallbackChoice): CallbackFilter {
  return { ids, failedOnly, from: idFloor(since ?? new Date(0)) }
}
