/**
 * Why a message was put off, where its owner should know: sentences for people, and whether the time that it waits
 * counts as its life when its sender named none.
 */
export const waitingReasons = {
  device_disconnected: {
    reason: 'The device is not connected.',
    end: 'The message goes out when it is.',
    countsAsLife: true,
  },
  new_chats_capped: {
    reason: 'The device has written to as many new people as it may in 24 hours.',
    end: 'The message goes out when there is room.',
    countsAsLife: false,
  },
  new_chats_restricted: {
    reason: 'WhatsApp refuses chats with new people to this device for now.',
    end: 'The message goes out when it no longer does.',
    countsAsLife: false,
  },
} as const satisfies Record<string, { reason: string; end: string; countsAsLife: boolean }>
export type WaitingReason = keyof typeof waitingReasons

/** A reason as a row has it; null for none, and for one of another version. */
export function waitingReasonFrom(text: string | null): WaitingReason | null {
  return text !== null && isReason(text) ? text : null
}

/** Whether a message that waits for this reason expires later, if its sender named no life. */
export function prolongsLife(reason: WaitingReason | null): boolean {
  return reason !== null && !waitingReasons[reason].countsAsLife
}

function isReason(text: string): text is WaitingReason {
  return Object.hasOwn(waitingReasons, text)
}
