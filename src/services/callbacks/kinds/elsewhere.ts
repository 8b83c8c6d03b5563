import type { Context } from '../../../context.ts'
import { findSessions } from '../../../db/stores/sessions/read.ts'
import type { ElsewhereEvent } from '../../../domain/provider-event.ts'
import { publishEvents } from '../../webhooks/publish.ts'
import type { Verified } from '../verified.ts'

const bodyMax = 4_000

/** Publishes to accounts the messages that the owners of their linked phones wrote elsewhere. */
export async function publishElsewhere(ctx: Context, verified: Verified<ElsewhereEvent>[]): Promise<void> {
  const ids = verified.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy]))
  if (ids.length === 0) return
  const sessions = await findSessions(ctx.db, [...new Set(ids)])
  await publishEvents(
    ctx,
    verified.flatMap(({ event, verifiedBy }) => {
      const session = verifiedBy === null ? undefined : sessions.get(verifiedBy)
      if (session === undefined || session.state === 'removed') return []
      const { id: sessionId, accountId, name, provider } = session
      const { externalId, to, type, at } = event
      const body = event.body === null ? null : event.body.slice(0, bodyMax)
      const data = { session: sessionId, name, provider, externalId, to, type, body, sentAt: at }
      return [{ accountId, sessionId, orderKey: to, type: 'message.sent_elsewhere' as const, data }]
    }),
  )
}
