import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { Address } from '../domain/messages/address.ts'
import type { MessageContent } from '../domain/messages/content.ts'
import type { ProviderEvent } from '../domain/provider-event.ts'
import type { SendErrorCode } from '../domain/messages/send-errors.ts'
import type { Template } from '../domain/templates/definition.ts'

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

/** Why something that is no send came to nothing. `detail` is a human sentence, free of secrets. */
export interface Refusal {
  ok: false
  code: SendErrorCode | 'provider_unreachable'
  detail: string
}

/** The templates of the business that a sender belongs to, if its provider has such. */
export interface TemplateReader<Settings> {
  /** True: the provider refuses a send that does not fit its template. False: it takes any (a playground). */
  binding: boolean
  /** The provider's id of the business; null when the settings do not tell it. */
  businessOf(settings: Settings): string | null
  /** All of them. */
  list(settings: Settings, signal: AbortSignal): Promise<{ ok: true; templates: Template[] } | Refusal>
}

/** A file to hand over to a provider. */
export interface MediaUpload {
  filename: string
  mimeType: string
  sizeBytes: number
  /** Reads it from its beginning. */
  read(): Readable
}

/** A file that a provider keeps. Whoever gets `stream` must read it to its end or destroy it. */
export interface MediaDownload {
  ok: true
  /** As the provider told it; null when it did not. */
  mimeType: string | null
  sizeBytes: number | null
  stream: Readable
}

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
  templates?: TemplateReader<Settings>
  /** Gives a file to the provider, which answers with the id by which messages name it. */
  uploadMedia?(
    settings: Settings,
    file: MediaUpload,
    signal: AbortSignal,
  ): Promise<{ ok: true; mediaId: string } | Refusal>
  /** Fetches a file by its id. `gone`: the provider does not have it, or no more. */
  downloadMedia?(
    settings: Settings,
    mediaId: string,
    signal: AbortSignal,
  ): Promise<MediaDownload | Refusal | { ok: false; code: 'gone' }>
  callbacks?: CallbackReader
  close(): Promise<void>
}
