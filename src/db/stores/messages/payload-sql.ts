/** SQL expressions for the facts of a message in the payload of an event. */
interface MessageFacts {
  id: string
  status: string
  at: string
  to: string
  deliveredAt: string
  readAt: string
  failedAt: string
  errorMessage: string
  metadata: string
}

/** SQL: the payload of `message.status_updated`, to the letter that of the public WhatsAPI. */
export const referencePayload = (facts: MessageFacts): string => `json_build_object(
  'event', 'message.status_updated',
  'timestamp', hermod_iso(${facts.at}),
  'data', json_build_object(
    'messageId', ${facts.id},
    'status', ${facts.status},
    'to', ${facts.to},
    'deliveredAt', hermod_iso(${facts.deliveredAt}),
    'readAt', hermod_iso(${facts.readAt}),
    'failedAt', hermod_iso(${facts.failedAt}),
    'errorMessage', ${facts.errorMessage},
    'metadata', ${facts.metadata}))::text`

/**
 * SQL: the payload of `message.<status>`. At most 20 KB: metadata that takes more room than it had on its way in
 * (Postgres writes it with blanks) is left out.
 */
export const messagePayload = (
  facts: MessageFacts & {
    session: string
    batchId: string
    externalId: string
    createdAt: string
    sentAt: string
    errorCode: string
    sequence: string
  },
): string => `json_build_object(
  'type', 'message.' || ${facts.status},
  'timestamp', hermod_iso(${facts.at}),
  'data', json_build_object(
    'messageId', ${facts.id},
    'status', ${facts.status},
    'to', ${facts.to},
    'session', ${facts.session},
    'batchId', ${facts.batchId},
    'externalId', ${facts.externalId},
    'createdAt', hermod_iso(${facts.createdAt}),
    'sentAt', hermod_iso(${facts.sentAt}),
    'deliveredAt', hermod_iso(${facts.deliveredAt}),
    'readAt', hermod_iso(${facts.readAt}),
    'failedAt', hermod_iso(${facts.failedAt}),
    'errorCode', ${facts.errorCode},
    'errorMessage', left(${facts.errorMessage}, 500),
    'metadata', case when octet_length(${facts.metadata}::text) <= 16384 then ${facts.metadata} end,
    'sequence', ${facts.sequence},
    'occurredAt', hermod_iso(${facts.at})))::text`

/** SQL: the payload of `message.received`, out of an inbound message's row. */
export const receivedPayload = (m: string): string => `json_build_object(
  'type', 'message.received',
  'timestamp', hermod_iso(${m}.created_at),
  'data', json_build_object(
    'messageId', ${m}.id,
    'externalId', ${m}.external_id,
    'from', ${m}.address,
    'fromUserId', ${m}.content->>'fromUserId',
    'profileName', left(${m}.content->>'profileName', 200),
    'to', (select regexp_replace(s.display_phone_number, '[^0-9]', '', 'g') from sessions s
            where s.id = ${m}.session_id),
    'session', ${m}.session_id,
    'type', ${m}.content->>'type',
    'body', left(${m}.body, 4000),
    'bodyTruncated', coalesce(length(${m}.body) > 4000, false),
    'media', case when ${m}.content ? 'media' then json_build_object(
      'mediaId', ${m}.content->'media'->>'id',
      'mimeType', ${m}.content->'media'->>'mimeType',
      'filename', left(${m}.content->'media'->>'filename', 256)) end,
    'replyTo', ${m}.reply_to,
    'sequence', 0,
    'receivedAt', hermod_iso(${m}.created_at)))::text`
