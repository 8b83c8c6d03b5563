import type { Context } from '../../context.ts'
import {
  continueRecovery,
  findRecovery,
  insertRecovery,
  claimRecovery,
  type Recovery,
} from '../../db/stores/webhooks/replays.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import { after } from '../../kit/clock.ts'
import { newId } from '../../kit/id.ts'
import { enqueueDeliveries } from './publish.ts'

export type { Recovery } from '../../db/stores/webhooks/replays.ts'

/** How far back a recovery may reach, and how much it may set going (Svix). */
const dayMs = 24 * 3_600_000
const reach = { days: 14, slackMs: 300_000 }
const sizes = { batch: 100, countMax: 10_000 }
/** A step that took longer was lost with its process, and is taken again. */
const stepLeaseMs = 30_000
/** Steps in one round of the sweeper. */
const stepsMax = 10

/**
 * Sends an endpoint again the events between two instants that it should have got and never took, also those of the time in which it
 * was disabled for its failures; it is enabled again then. The work goes on in the background. Throws `not_found`,
 * `validation_failed`, `endpoint_disabled`, and `recovery_running`.
 */
export async function startRecovery(
  ctx: Context,
  {
    accountId,
    endpointId,
    since,
    until,
  }: { accountId: string; endpointId: string; since: Date; until: Date | null },
): Promise<Recovery> {
  const now = ctx.clock.now()
  const end = until === null || until > now ? now : until
  if (since < after(now, -reach.days * dayMs - reach.slackMs)) {
    throw invalidField('since', `is more than ${reach.days} days ago`)
  }
  if (since > end) throw invalidField('since', 'must not be after until, nor in the future')
  const made = await insertRecovery(ctx.db, { id: newId(), accountId, endpointId, since, until: end })
  if (made === 'missing') {
    throw new AppError('not_found', 'There is no such webhook endpoint in your account.')
  }
  if (made === 'disabled') {
    throw new AppError('endpoint_disabled', 'This endpoint is switched off: enable it first.')
  }
  if (made === 'running') {
    throw new AppError('recovery_running', 'A recovery of this endpoint is under way: wait until it is done.')
  }
  return made
}

/** One recovery of an account. Throws `not_found`. */
export async function getRecovery(ctx: Context, accountId: string, id: string): Promise<Recovery> {
  const recovery = await findRecovery(ctx.db, accountId, id)
  if (recovery === null) throw new AppError('not_found', 'There is no such recovery in your account.')
  return recovery
}

/** Carries recoveries on, a few steps a call. Returns true when there may be more to do. */
export async function continueRecoveries(ctx: Context): Promise<boolean> {
  for (let steps = 0; steps < stepsMax; steps += 1) {
    const step = await claimRecovery(ctx.db, stepLeaseMs)
    if (step === null) return false
    enqueueDeliveries(ctx, await continueRecovery(ctx.db, step, sizes))
  }
  return true
}
