import type { z } from 'zod'
import type { CreditsOverview } from '../../../../services/billing/credits.ts'
import type { creditsAnswer } from './schema.ts'

/** The answer of `GET /billing/credits`. */
export function presentCredits(overview: CreditsOverview): z.input<typeof creditsAnswer> {
  const { balance, mode, entries, limit, nextCursor } = overview
  return {
    success: true,
    data: {
      balance,
      mode,
      entries: entries.map(({ id, kind, amount, balance: left, messageId, note, createdAt }) => ({
        id,
        kind,
        amount,
        balance: left,
        messageId,
        note,
        createdAt: createdAt.toISOString(),
      })),
    },
    pagination: { limit, nextCursor },
  }
}
