import type { BulkAccepted } from '../../../../services/messages/accept-bulk.ts'
import { wordRefusal } from '../../../http/errors.ts'
import { wordDetail } from '../../plugins/refusals.ts'
import type { z } from 'zod'
import { waitingReasonFrom, waitingReasons } from '../../../../domain/devices/waiting.ts'
import type { MessageContent, TemplateContent } from '../../../../domain/messages/content.ts'
import { nothingBeside, readLimits, viewInbound } from '../../../../domain/messages/inbound-view.ts'
import { reasonOf, shownStatus } from '../../../../domain/messages/status.ts'
import type { MessagePage } from '../../../../services/messages/list.ts'
import type { MessageHistory, MessageRecord } from '../../../../services/messages/manage.ts'
import type { BatchOverview } from '../../../../services/messages/batches.ts'
import { wordsOf, type ProviderWords } from '../../../../domain/provider-words.ts'
import type { batchAnswer, listAnswer, messageAnswer } from './answers.ts'

type MessageView = z.input<typeof listAnswer>['data'][number]
type ProviderView = z.input<typeof messageAnswer>['data']['provider']

/** A message as its owner reads it. */
export function presentMessage(message: MessageRecord): MessageView {
  return {
    id: message.id,
    ...partiesOf(message),
    type: message.type,
    body: message.body,
    ...saidIn(message),
    status: shownStatus(message.status),
    reason: reasonOf(message.status),
    direction: message.direction,
    session: message.sessionId,
    batchId: message.batchId,
    externalId: message.externalId,
    createdAt: message.createdAt.toISOString(),
    scheduledFor: time(message.scheduledFor),
    expiresAt: time(message.expiresAt),
    sentAt: time(message.sentAt),
    deliveredAt: time(message.deliveredAt),
    readAt: time(message.readAt),
    failedAt: time(message.failedAt),
    errorCode: message.errorCode,
    errorMessage: message.errorMessage,
    metadata: message.metadata,
    replyTo: message.replyTo,
    dryRun: message.dryRun,
    origin: message.origin,
    waiting: waitingOf(message),
  }
}

/** Why a message waits, and until when at the latest. */
function waitingOf({ waitingFor, waitingUntil }: MessageRecord): MessageView['waiting'] {
  const code = waitingReasonFrom(waitingFor)
  if (code === null || waitingUntil === null) return null
  const { reason, end } = waitingReasons[code]
  return { code, detail: `${reason} ${end}`, until: waitingUntil.toISOString() }
}

/** The content of a message. A customer's message has the same fields here as in the event about it. */
function saidIn({ content, received }: MessageRecord) {
  return received === null
    ? { ...nothingBeside, content: content === null ? null : contentOf(content) }
    : viewInbound(received, readLimits)
}

/** A message with its timeline and attempts. */
export function presentDetail({
  message,
  timeline,
  attempts,
}: MessageHistory): z.input<typeof messageAnswer> {
  return {
    success: true,
    data: {
      ...presentMessage(message),
      provider: presentWords(wordsOf(timeline.map(({ words }) => words))),
      timeline: timeline.map(({ status, at, providerAt, detail, words }) => ({
        status: shownStatus(status),
        at: at.toISOString(),
        ...(status === 'expired' && { reason: status }),
        ...(providerAt !== null && { providerAt: providerAt.toISOString() }),
        ...(detail !== null && { detail }),
        ...(words !== null && { provider: words }),
      })),
      attempts: attempts.map((attempt) => ({
        ...attempt,
        startedAt: attempt.startedAt.toISOString(),
        endedAt: time(attempt.endedAt),
      })),
    },
  }
}

/** The words of all steps together, with each field present. */
function presentWords(words: ProviderWords | null): ProviderView {
  if (words === null) return null
  const { code, title, message, details, href, pricing, conversation, more } = words
  return {
    code: code ?? null,
    title: title ?? null,
    message: message ?? null,
    details: details ?? null,
    href: href ?? null,
    pricing: pricing ?? null,
    conversation: conversation ?? null,
    more: more ?? null,
  }
}

/** A page of messages. */
export function presentPage({
  messages,
  totalCapped,
  ...pagination
}: MessagePage): z.input<typeof listAnswer> {
  return {
    success: true,
    data: messages.map(presentMessage),
    pagination: { ...pagination, ...(totalCapped && { totalCapped }) },
  }
}

/** A batch and where its messages stand. */
export function presentBatch({ batch, byStatus }: BatchOverview): z.input<typeof batchAnswer> {
  return {
    success: true,
    data: {
      batchId: batch.id,
      totalMessages: batch.total,
      failedCount: batch.failedCount,
      byStatus,
      createdAt: batch.createdAt.toISOString(),
    },
  }
}

/** The two sides of a message. An outbound message comes from its session. */
function partiesOf({
  direction,
  address,
  receivedBy,
  received,
}: MessageRecord): Pick<MessageView, 'to' | 'from' | 'profileName'> {
  return direction === 'inbound'
    ? {
        to: receivedBy ?? '',
        from: received?.from ?? address,
        profileName: received?.profileName ?? null,
      }
    : { to: address, from: null, profileName: null }
}

/** The answer to a bulk send, with the refusals of its items in the words of this API. */
export function presentBulk({ errors, ...accepted }: BulkAccepted) {
  const worded = errors.map(({ index, error, remedy, details }) => ({
    index,
    error: wordRefusal({ message: error, remedy }),
    details: details.map(wordDetail),
  }))
  return { success: true as const, data: { ...accepted, errors: worded } }
}

/** The content of an outbound message, under the field name and in the shape of its request. */
function contentOf(content: MessageContent): MessageView['content'] {
  switch (content.type) {
    case 'text': {
      const { type: _, body: message, ...rest } = content
      return { message, ...rest }
    }
    case 'media': {
      const { type: _, kind: type, gif: _gif, convert: _convert, ...rest } = content
      return { media: { type, ...rest } }
    }
    case 'interactive':
      return { interactive: content.interactive }
    case 'contacts':
      return { contacts: content.contacts }
    case 'template':
      return { template: templateOf(content) }
    case 'reaction': {
      const { type: _, ...reaction } = content
      return { reaction }
    }
    case 'location': {
      const { type: _, ...location } = content
      return { location }
    }
  }
}

/** A template as it was asked for: with the language in Meta's form where more than its code was said. */
function templateOf({ name, language, languageOptions, components, extra }: TemplateContent) {
  return {
    ...extra,
    name,
    language: languageOptions === undefined ? language : { ...languageOptions, code: language },
    ...(components !== undefined && { components }),
  }
}

function time(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
