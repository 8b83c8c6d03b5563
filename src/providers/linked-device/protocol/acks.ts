import { isRetryable, type SendErrorCode } from '../../../domain/messages/send-errors.ts'
import type { SendOutcome } from '../../contract.ts'

interface AckRule {
  code: SendErrorCode
  detail: string
}

/** Errors with which WhatsApp acknowledges a message. Source: the library's NACK_REASONS and SERVER_ERROR_CODES. */
const errors: Record<string, AckRule> = {
  463: {
    code: 'new_chats_restricted',
    detail: 'WhatsApp refuses chats with new people to this number for now',
  },
  479: {
    code: 'provider_ambiguous',
    detail: 'WhatsApp could not read the message: the recipient’s devices changed',
  },
  487: { code: 'invalid_request', detail: 'WhatsApp could not parse the message' },
  491: { code: 'invalid_request', detail: 'WhatsApp could not read the content of the message' },
  495: { code: 'invalid_request', detail: 'WhatsApp misses a secret that belongs to the message' },
  500: { code: 'provider_unavailable', detail: 'WhatsApp could not handle the message' },
  503: { code: 'provider_unavailable', detail: 'WhatsApp is not available' },
}

/** The outcome that WhatsApp's acknowledgement of a message stands for; `error` is null for one that took it. */
export function outcomeOfAck(externalId: string, error: string | null): SendOutcome {
  if (error === null) return { outcome: 'accepted', externalId }
  const { code, detail } = errors[error] ?? {
    code: 'provider_ambiguous',
    detail: 'WhatsApp refused the message',
  }
  return refused(code, `${detail} (${error})`, { error })
}

/** A refusal; whether it can be tried again follows from its code. */
export function refused(
  code: SendErrorCode,
  detail: string,
  provider?: unknown,
): Extract<SendOutcome, { outcome: 'refused' }> {
  return {
    outcome: 'refused',
    code,
    retryable: isRetryable(code),
    detail,
    ...(provider !== undefined && { provider }),
  }
}
