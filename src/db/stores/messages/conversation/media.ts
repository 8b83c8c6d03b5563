import type { Db } from '../../../client.ts'

/** The file of a message, as far as it is kept by its provider. */
export interface MessageMedia {
  sessionId: string
  /** The provider's id; null when the message was sent by a URL, or has no file. */
  mediaId: string | null
  filename: string | null
  /** Outbound: the public URL that the provider fetched it from. */
  url: string | null
}

/** The file of a message of an account; null when there is no such message. */
export async function findMessageMedia(db: Db, accountId: string, id: string): Promise<MessageMedia | null> {
  const [row] = await db.query<MessageMedia>(
    'message-media',
    `select session_id as "sessionId",
            case when direction = 'inbound' or origin is not null then content->'media'->>'id' else content->>'mediaId' end
              as "mediaId",
            case when direction = 'inbound' or origin is not null then content->'media'->>'filename'
                 else content->>'filename' end
              as filename,
            case when direction = 'outbound' and origin is null and content->>'type' = 'media' then content->>'url' end as url
       from messages where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}
