import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { Address, AddressKind } from '../domain/messages/address.ts'
import type { MediaLimits } from '../domain/media/treatment.ts'
import type { MessageContent } from '../domain/messages/content.ts'
import type { KnownPerson } from '../domain/contacts/person.ts'
import type { PlayedMessage } from '../domain/played-message.ts'
import type { ProviderWords } from '../domain/provider-words.ts'
import type { InboundEvent, ProviderEvent } from '../domain/provider-event.ts'
import type { SendErrorCode } from '../domain/messages/send-errors.ts'
import type { Session } from '../domain/sessions/session.ts'
import type { Template } from '../domain/templates/definition.ts'
import type { ConnectionDriver, SessionMemory } from './connection.ts'
import type { TemplateMaker } from './template-maker.ts'

export type * from './connection.ts'
export type * from './template-maker.ts'

// The contract between the pipeline and the ways to reach people. Read `Provider` first, at the end of the file. A
// provider is a folder beside this file and one line in index.ts; no other room knows its name.

/** A message as a provider sees it. `id` is ours and travels with the send where the provider allows it. */
export interface OutboundMessage {
  id: string
  attempt: number
  to: Address
  content: MessageContent
  /** The provider's id (wamid) of the message this one answers. */
  replyTo: string | null
}

/**
 * A delivery receipt, or a customer's answer, that the sandbox schedules itself. It is stored like a callback and
 * applied when it is due.
 */
export interface ScheduledReceipt {
  afterMs: number
  event: ProviderEvent
}

/** The result of one attempt to hand a message over. */
export type SendOutcome =
  | {
      outcome: 'accepted'
      externalId: string
      /** Whom the provider took the address for. */
      recipient?: KnownPerson
      receipts?: ScheduledReceipt[]
    }
  | {
      outcome: 'refused'
      code: SendErrorCode
      retryable: boolean
      retryAfterMs?: number
      /** A human sentence, free of secrets. */
      detail: string
      /** The provider's answer as it came, free of secrets. */
      provider?: unknown
      /** The same in fields, where it can be read. */
      words?: ProviderWords | null
    }
  /** The request left and no answer came: the message may have been sent. */
  | {
      outcome: 'unknown'
      detail: string
      receipts?: ScheduledReceipt[]
      /** Sending it again can double nothing, and is right after so long; absent: the installation's settling time. */
      settleMs?: number
    }

/** The provider's judgement of the credentials that it was given. */
export type CredentialCheck =
  | {
      ok: true
      displayPhoneNumber: string | null
      verifiedName: string | null
      qualityRating: string | null
    }
  | { ok: false; code: SendErrorCode | 'provider_unreachable'; detail: string; provider?: unknown }

/** The reason why a request that is no send failed. `detail` is a human sentence, free of secrets. */
export interface Refusal {
  ok: false
  code: SendErrorCode | 'provider_unreachable'
  detail: string
}

/** A file to hand over to a provider. */
export interface MediaUpload {
  filename: string
  mimeType: string
  sizeBytes: number
  /** Reads it from its beginning. */
  read(): Readable
}

/** A file that a provider keeps. The caller must read `stream` to its end or destroy it. */
export interface MediaDownload {
  ok: true
  /** As the provider gave it; null when it did not. */
  mimeType: string | null
  sizeBytes: number | null
  stream: Readable
}

/** The templates of the business that a session belongs to. */
export interface TemplateReader {
  /** The provider's id of the business (Meta: WABA id); null when the settings do not name it. */
  businessAccountId: string | null
  /** Reads all of them. `some`: only those that it comes with; others that were made through it are kept by us alone. */
  list(signal: AbortSignal): Promise<{ ok: true; templates: Template[]; some?: true } | Refusal>
  make?: TemplateMaker
}

/** The secrets of the owner of one session that verify callbacks for it; null where the owner gave none. */
export interface CallbackSecrets {
  /** Signs the callbacks (Meta: app secret). */
  signature: string | null
  /** Is repeated by the provider when it subscribes to our callback URL. */
  verifyToken: string | null
}

/**
 * A session opened: everything that can be done through one sender. It holds the session's settings in clear, so it
 * lives in memory only. No method throws for anything that the foreign side does.
 */
export interface Channel {
  send(message: OutboundMessage, signal: AbortSignal): Promise<SendOutcome>
  checkCredentials?(signal: AbortSignal): Promise<CredentialCheck>
  templates?: TemplateReader
  /** Gives a file to the provider, which answers with the id by which messages name it. */
  uploadMedia?(file: MediaUpload, signal: AbortSignal): Promise<{ ok: true; mediaId: string } | Refusal>
  /**
   * Fetches a file by its id. `gone`: the provider does not have it, or no longer has it; `discarded`: it never keeps
   * such files.
   */
  downloadMedia?(
    mediaId: string,
    signal: AbortSignal,
  ): Promise<MediaDownload | Refusal | { ok: false; code: 'gone' } | { ok: false; code: 'discarded' }>
  /** Of a playground: the event of a customer's message; null when it has no such message. */
  playCustomer?(message: PlayedMessage): InboundEvent | null
  /**
   * Marks a customer's message as read, by the provider's id of it, and with `typing` shows that an answer is being
   * written. `raw` is what the provider said of the message. Repeating it does no harm.
   */
  markRead?(
    message: { externalId: string; typing: boolean; raw: unknown },
    signal: AbortSignal,
  ): Promise<{ ok: true } | Refusal>
  callbackSecrets?: CallbackSecrets
}

/** A session with its settings in clear, alive only in memory. */
export interface ProviderSession<Settings> {
  id: string
  settings: Settings
  /** The values that its connection keeps, for a provider whose sessions hold one. */
  memory?: SessionMemory
}

/** The facts that the pipeline needs of a provider, as data. */
export interface ProviderTraits {
  /** The name of the other side in texts for people, at the beginning of a sentence, such as `Meta`. */
  label: string
  /** The settings are credentials: they are never shown, and the owner can have them verified. */
  needsCredentials: boolean
  /**
   * It reaches nobody. Test keys and dry runs go to it, every account has a session of it from the start, it has no
   * circuit breaker and its refusals never stop a session, because it plays trouble for single numbers.
   */
  isPlayground: boolean
  /** Its session named `default` can be managed by the shorthand `/auth/me/credentials`. */
  hasShorthand: boolean
  /**
   * `binding`: it refuses a send that does not fit its template. `open`: it takes any, and checks those of a name that
   * it has. `none`: it has no templates.
   */
  templates: 'binding' | 'open' | 'none'
  /** It takes free-form messages only within 24 hours of the customer's last one. */
  hasCustomerWindow: boolean
  /**
   * Every attempt of a message carries the same id, by which the recipient's phone shows it once: an attempt of unknown
   * outcome can be repeated for as long as the message lives.
   */
  resendsAreShownOnce: boolean
  /** A message through it costs credits, where the operator enforces them. */
  costsCredits: boolean
  /** The types of content that it can send. */
  messageTypes: readonly MessageContent['type'][]
  /** The kinds of addresses that it can send to. */
  addressKinds: readonly AddressKind[]
  /** The files that it takes as they are; others can be converted for it. */
  media: MediaLimits
  /** The characters that a text may have. */
  textCharsMax: number
  /** Messages a second that a new session may hand over. */
  ratePerSecond: number
  /** The values that the owner may choose; whole numbers from 1 to 1,000 if absent. */
  ratePerSecondRange?: { min: number; max: number }
}

/** The facts of a session's row that follow from its settings. */
export interface ProviderIdentity {
  /**
   * The provider's id of the sender (Meta: phone_number_id). Two sessions of one account must not have the same, and
   * callbacks find the session by it. Null: nothing makes two sessions the same sender.
   */
  senderId: string | null
  /** The provider's id of the business that it belongs to (Meta: WABA id). */
  businessAccountId: string | null
}

/** How the API asks for the settings of a session and shows them. The OpenAPI document is made from it. */
export interface SettingsForm {
  /** The fields of a new session's settings. */
  create: z.ZodType
  /** The fields of a change: an absent one stays, null takes a value away. */
  change: z.ZodType
  /** The fields of its own that the view of a session has. */
  view: z.ZodRawShape
  /** Their values. `settings` are in clear, and must not show a secret. */
  show(facts: {
    session: Session
    settings: () => Record<string, unknown>
    callbackUrl: string
  }): Record<string, unknown>
  examples: {
    /** A whole body of `POST /sessions`. */
    create: Record<string, unknown>
    /** The values of `view`, for the session with this id. */
    view(sessionId: string): Record<string, unknown>
  }
}

/** How the callbacks that a provider sends us are verified and read. All functions are pure. */
export interface CallbackReader {
  /** The last part of the route that takes them: `/webhooks/<path>`. */
  path: string
  /** The operator's own secrets, for callbacks that are not signed with those of one session. */
  operatorSecrets: CallbackSecrets
  /** Texts for the operator: there is no secret to verify with; the signature is wrong. */
  problems: { noSecret: string; wrongSignature: string }
  /** Compares the signature with the raw bytes in constant time. */
  verify(body: Buffer, headers: Record<string, string | string[] | undefined>, secret: string): boolean
  /** Never throws: what cannot be understood comes back as `unknown` events. */
  parse(body: Buffer): ProviderEvent[]
}

/**
 * One way to reach people. A provider translates and sends; it never writes a status, never retries and never sleeps.
 */
export interface Provider<Settings = unknown> {
  id: string
  traits: ProviderTraits
  /** The shape of the settings, parsed when they are saved and when a session is opened. */
  settings: z.ZodType<Settings>
  identity(settings: Settings): ProviderIdentity
  form: SettingsForm
  /** Opens a session: binds everything that can be done to its settings. Cheap, and connects to nothing. */
  open(session: ProviderSession<Settings>): Channel
  callbacks?: CallbackReader
  /** Of a provider whose sessions hold a connection of their own. */
  connections?: ConnectionDriver<Settings>
  close(): Promise<void>
}
