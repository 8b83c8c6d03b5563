/**
 * How a linked device stands with its network.
 *
 * - `unpaired`: nothing links it yet, or the pairing was given up.
 * - `pairing`: a code is shown, or about to be, and waits for the phone.
 * - `connecting`, `connected`, `disconnected`: it is linked; `disconnected` comes back by itself, unless its owner
 *   disconnected it.
 * - `restricted`: it is connected, and the network refuses chats with new people.
 * - `logged_out`, `replaced`, `banned`: it does not come back by itself.
 */
export const linkStates = [
  'unpaired',
  'pairing',
  'connecting',
  'connected',
  'restricted',
  'disconnected',
  'logged_out',
  'replaced',
  'banned',
] as const
export type LinkState = (typeof linkStates)[number]

/** The rules of each state: whether a send is accepted, and whether messages can go now. */
export const linkRules = {
  unpaired: { accepts: false, sends: false, isLinked: false },
  pairing: { accepts: false, sends: false, isLinked: false },
  connecting: { accepts: true, sends: false, isLinked: true },
  connected: { accepts: true, sends: true, isLinked: true },
  restricted: { accepts: true, sends: true, isLinked: true },
  disconnected: { accepts: true, sends: false, isLinked: true },
  logged_out: { accepts: false, sends: false, isLinked: false },
  replaced: { accepts: false, sends: false, isLinked: true },
  banned: { accepts: false, sends: false, isLinked: false },
} as const satisfies Record<LinkState, { accepts: boolean; sends: boolean; isLinked: boolean }>

export const pairingMethods = ['qr', 'code'] as const
export type PairingMethod = (typeof pairingMethods)[number]

/** The purposes for which a process holds the connection. */
export const devicePurposes = ['link', 'pair', 'logout'] as const
export type DevicePurpose = (typeof devicePurposes)[number]

/** A linked device as its row has it. */
export interface Device {
  sessionId: string
  accountId: string
  /** A process is to hold a connection for it. */
  wanted: boolean
  purpose: DevicePurpose
  /** Grows with every command of the owner. */
  command: number
  state: LinkState
  since: Date
  /** MSISDN digits. */
  phone: string | null
  pushName: string | null
  lastSeenAt: Date | null
  /** A sentence for people. */
  reason: string | null
  nextRetryAt: Date | null
  /** Until when the network refuses chats with new people; in the past when it does so no more. */
  restrictedUntil: Date | null
  pairingMethod: PairingMethod | null
  pairingPhone: string | null
  /** The code that is shown, encrypted. */
  pairing: string | null
  /** When the code that is shown stops to work, or the pairing is given up. */
  pairingUntil: Date | null
  /** The process that holds the connection; null when none does. */
  ownerId: string | null
  fence: string
  /** Grows with every change that is shown. */
  rev: number
}

/** A code as it is shown to the owner of the phone. */
export interface PairingCode {
  method: PairingMethod
  /** The text of the QR code, or the eight characters. */
  shown: string
}

/** The state that is shown: a connected device whose new chats are refused is restricted. */
export function shownState({ state, restrictedUntil }: Device, now: Date): LinkState {
  return state === 'connected' && restrictedUntil !== null && restrictedUntil > now ? 'restricted' : state
}

function isOneOf<Word extends string>(words: readonly Word[], text: string | null): text is Word {
  return words.some((word) => word === text)
}

/** A state as a row has it; one that another version wrote counts as disconnected. */
export function linkStateFrom(text: string): LinkState {
  return isOneOf(linkStates, text) ? text : 'disconnected'
}

/** A way to pair as a row has it. */
export function pairingMethodFrom(text: string | null): PairingMethod | null {
  return isOneOf(pairingMethods, text) ? text : null
}

/** A purpose as a row has it. */
export function purposeFrom(text: string): DevicePurpose {
  return isOneOf(devicePurposes, text) ? text : 'link'
}
