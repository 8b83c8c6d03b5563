/**
 * Why a provider refused a message, in our words, and what follows from it. Providers map their own codes to
 * these; the pipeline reads only this table.
 *
 * scope: what has to hold back.
 * - `message`: this message alone.
 * - `recipient`: messages to this recipient.
 * - `session`: the whole sender, for a while.
 * - `stop`: the whole sender, until its owner acts.
 *
 * attemptsMax: how often a message may be tried when this is the reason (1: never again).
 * baseMs, capMs: the exponential back-off between attempts.
 */
export const sendErrors = {
  invalid_request: { scope: 'message', attemptsMax: 1 },
  invalid_recipient: { scope: 'message', attemptsMax: 1 },
  recipient_not_on_whatsapp: { scope: 'message', attemptsMax: 1 },
  recipient_unreachable: { scope: 'message', attemptsMax: 1 },
  recipient_opted_out: { scope: 'message', attemptsMax: 1 },
  recipient_blocked: { scope: 'message', attemptsMax: 1 },
  outside_window: { scope: 'message', attemptsMax: 1 },
  template_invalid: { scope: 'message', attemptsMax: 1 },
  template_unavailable: { scope: 'message', attemptsMax: 1 },
  media_failed: { scope: 'message', attemptsMax: 1 },
  media_conversion_failed: { scope: 'message', attemptsMax: 1 },
  media_unreachable: { scope: 'message', attemptsMax: 5, baseMs: 5_000, capMs: 300_000 },
  policy_refused: { scope: 'message', attemptsMax: 1 },
  not_supported: { scope: 'message', attemptsMax: 1 },
  marketing_capped: { scope: 'message', attemptsMax: 1 },
  /** A code that no table of ours has: nothing says that it concerns anything but this message. */
  provider_error: { scope: 'message', attemptsMax: 1 },
  expired: { scope: 'message', attemptsMax: 1 },
  provider_unavailable: { scope: 'message', attemptsMax: 8, baseMs: 1_000, capMs: 300_000 },
  provider_ambiguous: { scope: 'message', attemptsMax: 2, baseMs: 2_000, capMs: 60_000 },
  connection_failed: { scope: 'message', attemptsMax: 8, baseMs: 500, capMs: 300_000 },
  recipient_throttled: { scope: 'recipient', attemptsMax: 8, baseMs: 1_000, factor: 4, capMs: 3_600_000 },
  new_chats_restricted: { scope: 'message', attemptsMax: 20, baseMs: 600_000, capMs: 6 * 3_600_000 },
  throttled: { scope: 'session', attemptsMax: 20, baseMs: 1_000, capMs: 60_000 },
  session_maintenance: { scope: 'session', attemptsMax: 20, baseMs: 5_000, capMs: 60_000 },
  sender_restricted: { scope: 'session', attemptsMax: 6, baseMs: 60_000, capMs: 3_600_000 },
  auth_failed: { scope: 'stop', attemptsMax: 1 },
  permission_missing: { scope: 'stop', attemptsMax: 1 },
  account_locked: { scope: 'stop', attemptsMax: 1 },
  sender_not_registered: { scope: 'stop', attemptsMax: 1 },
  payment_required: { scope: 'stop', attemptsMax: 1 },
} as const satisfies Record<string, SendErrorRule>

export type SendErrorCode = keyof typeof sendErrors

interface SendErrorRule {
  scope: 'message' | 'recipient' | 'session' | 'stop'
  attemptsMax: number
  baseMs?: number
  factor?: number
  capMs?: number
}

/** Whether a code is one of ours: a row may have one of another version. */
export function isSendErrorCode(code: string): code is SendErrorCode {
  return Object.hasOwn(sendErrors, code)
}

/** The rule for a code, with every optional number filled in. */
export function sendErrorRule(code: SendErrorCode): Required<SendErrorRule> {
  return { baseMs: 1_000, factor: 2, capMs: 300_000, ...sendErrors[code] }
}

/** True when a message may ever be tried again after this reason. */
export function isRetryable(code: SendErrorCode): boolean {
  return sendErrors[code].attemptsMax > 1
}
