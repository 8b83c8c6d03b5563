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
  dryRun: string
}

/**
 * SQL: the payload of `message.status_updated`, to the letter that of the public WhatsAPI. That knows no word for a
 * message that expired: it has failed, and a field beside says why.
 */
export const referencePayload = (facts: MessageFacts): string => `json_build_object(
  'event', 'message.status_updated',
  'timestamp', hermod_iso(${facts.at}),
  'data', (left(json_build_object(
    'messageId', ${facts.id},
    'status', case ${facts.status} when 'expired' then 'failed' else ${facts.status} end,
    'to', ${facts.to},
    'deliveredAt', hermod_iso(${facts.deliveredAt}),
    'readAt', hermod_iso(${facts.readAt}),
    'failedAt', hermod_iso(${facts.failedAt}),
    'errorMessage', ${facts.errorMessage},
    'metadata', ${facts.metadata})::text, -1)
    || case ${facts.status} when 'expired' then ', "reason": "expired"' else '' end
    || case when ${facts.dryRun} then ', "dryRun": true' else '' end || '}')::json)::text`

/**
 * SQL: the payload of `message.<status>`. At most 20 KB: metadata that takes more room than it had on its way in
 * (Postgres writes it with blanks) is left out, and so are words of the provider's beyond 2 KB.
 */
export const messagePayload = (
  facts: MessageFacts & {
    session: string
    batchId: string
    externalId: string
    createdAt: string
    sentAt: string
    errorCode: string
    provider: string
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
    'dryRun', ${facts.dryRun},
    'provider', case when octet_length(${facts.provider}::text) <= 2048 then ${facts.provider} end,
    'sequence', ${facts.sequence},
    'occurredAt', hermod_iso(${facts.at})))::text`

/** SQL: the payload of `message.received`, out of an inbound message's row and its bounded view, which is JSON. */
export const receivedPayload = (m: string, view: string): string => `json_build_object(
  'type', 'message.received',
  'timestamp', hermod_iso(${m}.created_at),
  'data', json_build_object(
    'messageId', ${m}.id,
    'externalId', ${m}.external_id,
    'from', coalesce(${m}.content->>'from', ${m}.address),
    'fromUserId', ${m}.content->>'fromUserId',
    'profileName', left(${m}.content->>'profileName', 200),
    'username', ${view}->'username',
    'to', (select regexp_replace(s.display_phone_number, '[^0-9]', '', 'g') from sessions s
            where s.id = ${m}.session_id),
    'session', ${m}.session_id,
    'type', ${m}.content->>'type',
    'body', left(${m}.body, 4000),
    'bodyTruncated', coalesce(length(${m}.body) > 4000, false),
    'media', case when ${m}.content ? 'media' then json_build_object(
      'mediaId', ${m}.content->'media'->>'id',
      'mimeType', left(${m}.content->'media'->>'mimeType', 256),
      'filename', left(${m}.content->'media'->>'filename', 256)) end,
    'content', ${view}->'content',
    'contentTruncated', ${view}->'contentTruncated',
    'replyTo', ${m}.reply_to,
    'group', ${view}->'group',
    'forwarded', ${view}->'forwarded',
    'frequentlyForwarded', ${view}->'frequentlyForwarded',
    'referral', ${view}->'referral',
    'product', ${view}->'product',
    'errors', ${view}->'errors',
    'raw', ${view}->'raw',
    'rawTruncated', ${view}->'rawTruncated',
    'sequence', 0,
    'receivedAt', hermod_iso(${m}.created_at)))::text`
