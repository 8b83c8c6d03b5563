import type { MessageContent } from '../../../domain/messages/content.ts'
import type { Db } from '../../client.ts'

/** An outbound message as it was handed to its provider. */
export interface OutboundRow {
  id: string
  attempt: number
  address: string
  content: MessageContent
  replyTo: string | null
}

/** A message of a session that was to go out, or null. */
export async function findOutbound(db: Db, sessionId: string, id: string): Promise<OutboundRow | null> {
  const [row] = await db.query<OutboundRow>(
    'message-outbound',
    `select id, attempt, address, content, reply_to as "replyTo" from messages
      where id = $2 and session_id = $1 and direction = 'outbound'`,
    [sessionId, id],
  )
  return row ?? null
}
