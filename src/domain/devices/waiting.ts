/** Why a message was put off, where its owner should know: a code, and a sentence for people. */
export const waitingReasons = {
  device_disconnected: 'The device is not connected. The message goes out when it is.',
  new_chats_capped:
    'The device has written to as many new people as it may in 24 hours. The message goes out when there is room.',
  new_chats_restricted:
    'WhatsApp refuses chats with new people to this device for now. The message goes out when it no longer does.',
} as const satisfies Record<string, string>
export type WaitingReason = keyof typeof waitingReasons

/** A reason as a row has it; null for none, and for one of another version. */
export function waitingReasonFrom(text: string | null): WaitingReason | null {
  return text !== null && isReason(text) ? text : null
}

function isReason(text: string): text is WaitingReason {
  return Object.hasOwn(waitingReasons, text)
}
