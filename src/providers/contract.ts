import type { z } from 'zod'
import type { Address } from '../domain/address.ts'
import type { MessageContent } from '../domain/content.ts'
import type { ProviderEvent } from '../domain/provider-event.ts'
import type { SendErrorCode } from '../domain/send-errors.ts'

/** A message as a provider sees it. `id` is ours and travels with the send where the provider allows it. */
export interface OutboundMessage {
  id: string
  attempt: number
  to: Address
  content: MessageContent
  /** The provider's id (wamid) of the message this one answers. */
  replyTo: string | null
}

/** A receipt that the provider itself foretells (the sandbox): stored like a callback, applied when due. */
export interface ForetoldReceipt {
  afterMs: number
  event: ProviderEvent
}

/** What came of one attempt to hand a message over. */
export type SendOutcome =
  | { outcome: 'accepted'; externalId: string; receipts?: ForetoldReceipt[] }
  | {
      outcome: 'refused'
      code: SendErrorCode
      retryable: boolean
      retryAfterMs?: number
      /** A human sentence, free of secrets. */
      detail: string
      /** What the provider answered, as it came, free of secrets. */
      provider?: unknown
    }
  /** The bytes left and no answer came: it may have been sent. */
  | { outcome: 'unknown'; detail: string; receipts?: ForetoldReceipt[] }

/** What a provider says of the credentials it was given. */
export type CredentialCheck =
  | {
      ok: true
      displayPhoneNumber: string | null
      verifiedName: string | null
      qualityRating: string | null
    }
  | { ok: false; code: SendErrorCode | 'provider_unreachable'; detail: string; provider?: unknown }

/** A sender with its settings in clear, alive only in memory. */
export interface ProviderSession<Settings> {
  id: string
  settings: Settings
}

/** How the callbacks that a provider sends us are proven and read. Both functions are pure. */
export interface CallbackReader {
  /** Compares the signature with the raw bytes in constant time. */
  verify(body: Buffer, headers: Record<string, string | string[] | undefined>, secret: string): boolean
  /** Never throws: what cannot be understood comes back as `unknown` events. */
  parse(body: Buffer): ProviderEvent[]
}

/**
 * One way to reach people. A provider translates and sends; it never writes a status, never retries, never
 * sleeps, and never throws for what the foreign side does.
 */
export interface Provider<Settings = unknown> {
  id: string
  /** The shape of the credentials, parsed when they are saved and when they are used. */
  settings: z.ZodType<Settings>
  send(
    session: ProviderSession<Settings>,
    message: OutboundMessage,
    signal: AbortSignal,
  ): Promise<SendOutcome>
  checkCredentials?(settings: Settings, signal: AbortSignal): Promise<CredentialCheck>
  callbacks?: CallbackReader
  close(): Promise<void>
}
