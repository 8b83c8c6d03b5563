import type { SendErrorCode } from '../../domain/messages/send-errors.ts'

/**
 * The scenarios of the sandbox, by recipient. Every number is a US number ending in 555-01xx, the block that is kept for
 * fiction in every area code (nationalnanpa.com, "555 line numbers"), so none of them can belong to a person.
 */

/** An error as the sandbox reports it: our code, a sentence, and the number Meta uses for the same thing. */
export interface SandboxError {
  code: SendErrorCode
  detail: string
  metaCode: number
}

/** A point in the life of a message: one of the delays from the settings, or milliseconds after the send. */
export type Moment = 'sent' | 'delivered' | 'read' | { ms: number }

/** A receipt of a scenario: what happened, when its callback arrives, and when it happened if earlier. */
export interface SandboxReceipt {
  status: 'sent' | 'delivered' | 'read' | 'failed'
  arrives: Moment
  happened?: Moment
  error?: SandboxError
}

/** The sandbox's answer to one attempt. */
export type SandboxAnswer =
  | { outcome: 'accepted'; receipts: readonly SandboxReceipt[] }
  | { outcome: 'refused'; error: SandboxError; retryAfterMs?: number }
  | { outcome: 'unknown'; receipts: readonly SandboxReceipt[] }

export interface SandboxScenario {
  /** MSISDN digits: the recipient that plays this scenario. */
  msisdn: string
  /** One sentence for people. */
  summary: string
  /** The first answer is for the first attempt and so on; the last one holds for every later attempt. */
  answers: readonly [SandboxAnswer, ...SandboxAnswer[]]
  /** How long the answer takes, unless the session's settings say otherwise. */
  latencyMs?: number
}

const sent = { status: 'sent', arrives: 'sent' } as const satisfies SandboxReceipt
const delivered = { status: 'delivered', arrives: 'delivered' } as const satisfies SandboxReceipt
const read = { status: 'read', arrives: 'read' } as const satisfies SandboxReceipt

const readInTheEnd = {
  outcome: 'accepted',
  receipts: [sent, delivered, read],
} as const satisfies SandboxAnswer

const undeliverable = {
  code: 'recipient_unreachable',
  detail: 'The message could not be delivered: the recipient is not on WhatsApp',
  metaCode: 131026,
} as const satisfies SandboxError

const unavailable = {
  outcome: 'refused',
  error: {
    code: 'provider_unavailable',
    detail: 'The service is unavailable for a while',
    metaCode: 131016,
  },
} as const satisfies SandboxAnswer

export const sandboxScenarios = {
  read: {
    msisdn: '14155550100',
    summary: 'Sent, delivered, then read. So is every number that is not in this table.',
    answers: [readInTheEnd],
  },
  never_read: {
    msisdn: '14155550101',
    summary: 'Sent and delivered, never read.',
    answers: [{ outcome: 'accepted', receipts: [sent, delivered] }],
  },
  stalled_at_sent: {
    msisdn: '14155550102',
    summary: 'Sent, then silence.',
    answers: [{ outcome: 'accepted', receipts: [sent] }],
  },
  invalid_recipient: {
    msisdn: '14155550103',
    summary: 'Refused at once: the recipient is not valid.',
    answers: [
      {
        outcome: 'refused',
        error: {
          code: 'invalid_recipient',
          detail: 'The recipient is not a valid WhatsApp number',
          metaCode: 131009,
        },
      },
    ],
  },
  not_on_whatsapp: {
    msisdn: '14155550104',
    summary: 'Accepted, then failed: the recipient is not on WhatsApp (Meta 131026).',
    answers: [
      {
        outcome: 'accepted',
        receipts: [{ status: 'failed', arrives: 'delivered', error: undeliverable }],
      },
    ],
  },
  template_refused: {
    msisdn: '14155550105',
    summary: 'Refused at once: the template does not exist in that language (Meta 132001).',
    answers: [
      {
        outcome: 'refused',
        error: {
          code: 'template_unavailable',
          detail: 'The template does not exist in this language or is not approved',
          metaCode: 132001,
        },
      },
    ],
  },
  outside_window: {
    msisdn: '14155550106',
    summary: 'Accepted, then failed: more than 24 hours since the recipient last wrote (Meta 131047).',
    answers: [
      {
        outcome: 'accepted',
        receipts: [
          {
            status: 'failed',
            arrives: 'delivered',
            error: {
              code: 'outside_window',
              detail: 'More than 24 hours have passed since the recipient last wrote; send a template',
              metaCode: 131047,
            },
          },
        ],
      },
    ],
  },
  throttled_once: {
    msisdn: '14155550107',
    summary: 'Throttled on the first attempt (the whole session holds back for 1 s), then read.',
    answers: [
      {
        outcome: 'refused',
        error: {
          code: 'throttled',
          detail: 'The rate limit of the sender is reached',
          metaCode: 130429,
        },
        retryAfterMs: 1_000,
      },
      readInTheEnd,
    ],
  },
  unavailable_twice: {
    msisdn: '14155550108',
    summary: 'The provider is unavailable for the first two attempts, then the message is read.',
    answers: [unavailable, unavailable, readInTheEnd],
  },
  always_unavailable: {
    msisdn: '14155550109',
    summary: 'The provider is never available: retried until the attempts are used up, then failed.',
    answers: [unavailable],
  },
  unknown_resolved: {
    msisdn: '14155550110',
    summary: 'No answer comes to the send, but the receipts do: resolved by callback, not sent twice.',
    answers: [{ outcome: 'unknown', receipts: [sent, delivered, read] }],
  },
  unknown_unresolved: {
    msisdn: '14155550111',
    summary: 'No answer comes to the send, nor any receipt: `onUnknown` of the session decides.',
    answers: [{ outcome: 'unknown', receipts: [] }],
  },
  credentials_refused: {
    msisdn: '14155550112',
    summary: 'The credentials are refused, which stops the whole session until its owner acts (Meta 190).',
    answers: [
      {
        outcome: 'refused',
        error: {
          code: 'auth_failed',
          detail: 'The access token is not valid or has expired',
          metaCode: 190,
        },
      },
    ],
  },
  late_bounce: {
    msisdn: '14155550113',
    summary: 'Sent, then failed after 30 s.',
    answers: [
      {
        outcome: 'accepted',
        receipts: [sent, { status: 'failed', arrives: { ms: 30_000 }, error: undeliverable }],
      },
    ],
  },
  expires: {
    msisdn: '14155550114',
    summary: 'Every attempt is put off by a minute: with `ttlSeconds` below 60 the message expires.',
    answers: [
      {
        outcome: 'refused',
        error: {
          code: 'recipient_throttled',
          detail: 'Too many messages to this recipient in a short time',
          metaCode: 131056,
        },
        retryAfterMs: 60_000,
      },
    ],
  },
  out_of_order: {
    msisdn: '14155550115',
    summary: 'The `read` receipt arrives first, `delivered` and `sent` after it.',
    answers: [
      {
        outcome: 'accepted',
        receipts: [
          { status: 'read', arrives: 'delivered' },
          { status: 'delivered', arrives: 'read', happened: 'delivered' },
          { status: 'sent', arrives: 'read', happened: 'sent' },
        ],
      },
    ],
  },
  repeated_receipts: {
    msisdn: '14155550116',
    summary: 'Read in the end, with every receipt arriving twice and `sent` once more after `read`.',
    answers: [
      {
        outcome: 'accepted',
        receipts: [
          sent,
          sent,
          delivered,
          delivered,
          read,
          read,
          { status: 'sent', arrives: 'read', happened: 'sent' },
        ],
      },
    ],
  },
  slow_answer: {
    msisdn: '14155550117',
    summary: 'The send is answered after 5 s, then the message is read.',
    answers: [readInTheEnd],
    latencyMs: 5_000,
  },
} as const satisfies Record<string, SandboxScenario>

export type SandboxScenarioName = keyof typeof sandboxScenarios

/** The scenarios as a plain list of names, in the order of the table. */
export const sandboxScenarioNames = Object.keys(sandboxScenarios).filter(isScenarioName)

const nameByMsisdn = new Map<string, SandboxScenarioName>(
  sandboxScenarioNames.map((name) => [sandboxScenarios[name].msisdn, name]),
)

/** The scenario that a recipient plays: the happy path for a recipient that is not in the table, BSUIDs among them. */
export function scenarioOf(recipient: string): SandboxScenarioName {
  return nameByMsisdn.get(recipient) ?? 'read'
}

function isScenarioName(name: string): name is SandboxScenarioName {
  return Object.hasOwn(sandboxScenarios, name)
}
