import type { z } from 'zod'
import type { AccountOverview } from '../../../../services/accounts/register.ts'
import type { meAnswer } from './schema.ts'

/** The answer of `GET /auth/me`. */
export function presentMe(overview: AccountOverview): z.input<typeof meAnswer> {
  const { account, messagesSent, byocConfigured, webhookUrl, credits } = overview
  return {
    success: true,
    data: {
      id: account.id,
      name: account.name,
      email: account.email,
      plan: account.plan,
      messagesSent,
      byocConfigured,
      webhookUrl,
      credits,
      createdAt: account.createdAt.toISOString(),
    },
  }
}
