import type { SendErrorCode } from '../../domain/messages/send-errors.ts'

/** One error code of Graph's, or an inclusive range of them, and what it means to us. */
interface ErrorRow {
  codes: readonly (number | readonly [first: number, last: number])[]
  /** Narrows the row to one `error_subcode`. */
  subcode?: number
  error: SendErrorCode
  /** How long Meta says to wait, where it says so. */
  waitMs?: number
}

/**
 * Graph's error codes in our words. Source: Meta, "WhatsApp Business Platform error codes", and the pages on groups,
 * calls, payments and onboarding. Meta asks to go by the code and not by the HTTP status, which it no longer documents.
 *
 * A word that holds back or stops the sender is only for codes that are about the number, the business account or the
 * app: a refusal of one message, one recipient or one group says nothing of the next message.
 */
const errorRows: readonly ErrorRow[] = [
  { codes: [0, 190], error: 'auth_failed' },
  { codes: [3, 10, [200, 299], 131005], error: 'permission_missing' },
  { codes: [1], error: 'provider_ambiguous' },
  { codes: [2, 131000, 131016, 133004], error: 'provider_unavailable' },
  // The rate of the app or the business account, and the throughput of the number.
  { codes: [4, 80007, 130429], error: 'throttled' },
  // Groups: too many operations of this number.
  { codes: [131208], error: 'throttled' },
  { codes: [131056], error: 'recipient_throttled' },
  // A throughput upgrade takes up to a minute.
  { codes: [131057], error: 'session_maintenance' },
  // The number is in maintenance for some minutes.
  { codes: [2494100], error: 'session_maintenance' },
  // Spam restriction; messaging limit lowered for misclassified templates.
  { codes: [131048, 131064], error: 'sender_restricted' },
  // "Healthy ecosystem": trying again within a day counts against the sender.
  { codes: [131049], error: 'marketing_capped', waitMs: 86_400_000 },
  // The recipient is in one of Meta's experiments; the recipient's country is closed to the sender.
  { codes: [130472, 130497], error: 'policy_refused' },
  // The terms of WhatsApp Payments are not accepted: messages with payments do not go out, all others do.
  { codes: [134011], error: 'policy_refused' },
  // The group is suspended.
  { codes: [131207], error: 'policy_refused' },
  { codes: [100, 131008, 131009, 135000], error: 'invalid_request' },
  // "Object with ID ... does not exist": the phone number id is wrong, or the token may not use it.
  { codes: [100], subcode: 33, error: 'permission_missing' },
  { codes: [130403], error: 'recipient_blocked' },
  { codes: [131021], error: 'invalid_recipient' },
  // No such group, one that the number is no member of, or one with a single member; no such participant.
  { codes: [131020, 131041, 131212, 131213], error: 'invalid_recipient' },
  { codes: [131026], error: 'recipient_unreachable' },
  // The recipient cannot be called now, or does not allow it.
  { codes: [138001, 138003, 138006, 138009, 138012, 138017], error: 'recipient_unreachable' },
  { codes: [131047], error: 'outside_window' },
  { codes: [131050], error: 'recipient_opted_out' },
  { codes: [131051, 131063], error: 'not_supported' },
  // The recipient's app cannot show this kind; a kind that groups do not take.
  { codes: [1026, 130501], error: 'not_supported' },
  // Only marketing templates go this way; this template does not.
  { codes: [131055, 134100, 134102], error: 'not_supported' },
  // The number, or its business, may not use groups or calls. Messages to people go out all the same.
  { codes: [131211, 131214, 131215, 138000, [138013, 138015], 138018], error: 'not_supported' },
  { codes: [131052, 131053], error: 'media_failed' },
  { codes: [368, 131031], error: 'account_locked' },
  { codes: [131042], error: 'payment_required' },
  { codes: [132000, 132005, 132007, 132012, 132018], error: 'template_invalid' },
  // Absent in the language or not approved; paused; disabled; its flow blocked or throttled.
  { codes: [132001, 132015, 132016, 132068, 132069], error: 'template_unavailable' },
  // Known to Meta for less than ten minutes, and not yet everywhere.
  { codes: [134101], error: 'template_unavailable' },
  // The number is deleted (33), has no approved display name (131037), or is not (fully) registered.
  {
    codes: [33, 131037, 131045, 133000, 133005, 133006, 133008, 133009, 133010, 133016],
    error: 'sender_not_registered',
  },
  // Deleted a moment ago: it cannot be registered again for five minutes.
  { codes: [133015], error: 'sender_not_registered', waitMs: 300_000 },
]

/** Finds the row of a code; a row that names the subcode wins over one that does not. */
export function errorRow(code: number, subcode?: number): ErrorRow | undefined {
  const holdsCode = (row: ErrorRow) =>
    row.codes.some((entry) =>
      typeof entry === 'number' ? entry === code : code >= entry[0] && code <= entry[1],
    )
  return (
    errorRows.find((row) => row.subcode !== undefined && row.subcode === subcode && holdsCode(row)) ??
    errorRows.find((row) => row.subcode === undefined && holdsCode(row))
  )
}
