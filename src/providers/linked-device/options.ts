/** The options that an installation sets for all linked devices. */
export interface LinkedDeviceOptions {
  /** WhatsApp Web's address; null: the library's own. */
  webUrl: string | null
  /** The public key that the server's certificates must be signed with; null: WhatsApp's own. */
  rootKey: Buffer | null
  /** The version of WhatsApp Web that devices say they are; null: the library's own. */
  version: readonly [number, number, number] | null
  /** For a send as a whole. */
  timeoutMs: number
  /** How often a connection is asked whether it still answers, and how long it may take. */
  livenessEveryMs: number
  livenessTimeoutMs: number
  /** How long a connection is left alone after it opened, until the library has moved its own session. */
  settleMs: number
  /** The authority of the media hosts' certificates, in PEM; null: those that everybody trusts. */
  mediaAuthority: string | null
}

/** How long WhatsApp has to acknowledge a message. */
export function ackTimeoutMs({ timeoutMs }: LinkedDeviceOptions): number {
  return Math.max(500, Math.round(timeoutMs * 0.6))
}
