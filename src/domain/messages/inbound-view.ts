import { fitJson } from '../../kit/json/fit-json.ts'
import type { InboundBeside, InboundContent } from './inbound-content.ts'
import { isRecord } from '../../kit/json/is-record.ts'

/** The parts of a customer's message that are stored beside its columns. */
export interface Received extends InboundBeside {
  /** The provider's word. */
  type: string
  profileName: string | null
  fromUserId: string | null
  /** The writer, where an answer goes to somebody else: a member of a group. */
  from?: string
  /** The file that came with it. */
  media?: { id: string; mimeType: string | null; filename: string | null }
  said: InboundContent
  /** The message in the provider's own words. */
  raw: unknown
}

/** A customer's message as apps are shown it. */
export interface InboundView {
  fromUserId: string | null
  username: string | null
  content: Record<string, unknown>
  group: { id: string } | null
  forwarded: boolean
  frequentlyForwarded: boolean
  referral: Record<string, unknown> | null
  product: Record<string, unknown> | null
  errors: unknown[] | null
  /** `content`, `referral`, `product` or `errors` were cut. */
  contentTruncated: boolean
  raw: Record<string, unknown> | null
  rawTruncated: boolean
}

/** The parts beside the content of a message that has none: one of ours is what was asked for. */
export const nothingBeside = {
  fromUserId: null,
  username: null,
  group: null,
  forwarded: false,
  frequentlyForwarded: false,
  referral: null,
  product: null,
  errors: null,
  contentTruncated: false,
  raw: null,
  rawTruncated: false,
} as const satisfies Omit<InboundView, 'content'>

/** How much of each part is shown, in bytes of JSON. */
interface ViewLimits {
  contentBytesMax: number
  besideBytesMax: number
  rawBytesMax: number
}

/** The size of an event is bounded; whoever reads a message gets all of it but an endless raw part. */
export const eventLimits: ViewLimits = {
  contentBytesMax: 16_384,
  besideBytesMax: 4_096,
  rawBytesMax: 16_384,
}
export const readLimits: ViewLimits = {
  contentBytesMax: Infinity,
  besideBytesMax: Infinity,
  rawBytesMax: 65_536,
}

/** The view of a customer's message for apps: the same in an event as to those who read it, but for the limits. */
export function viewInbound(received: Received, limits: ViewLimits): InboundView {
  const { contentBytesMax, besideBytesMax, rawBytesMax } = limits
  const beside = (part: unknown) => fitJson(part ?? null, { bytesMax: besideBytesMax })
  const content = fitJson(received.said, { bytesMax: contentBytesMax })
  const referral = beside(received.referral)
  const product = beside(received.product)
  const errors = beside(received.errors)
  const raw = fitJson(received.raw ?? null, { bytesMax: rawBytesMax })
  return {
    fromUserId: received.fromUserId,
    username: received.username ?? null,
    group: received.group ?? null,
    forwarded: received.forwarded ?? false,
    frequentlyForwarded: received.frequentlyForwarded ?? false,
    content: recordOf(content.value) ?? { other: {} },
    referral: recordOf(referral.value),
    product: recordOf(product.value),
    errors: Array.isArray(errors.value) ? errors.value : null,
    contentTruncated: [content, referral, product, errors].some(({ truncated }) => truncated),
    raw: recordOf(raw.value),
    rawTruncated: raw.truncated,
  }
}

function recordOf(value: unknown): Record<string, unknown> | null {
  return isRecord(value) ? value : null
}
