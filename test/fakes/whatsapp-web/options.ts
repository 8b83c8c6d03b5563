import { z } from 'zod'

/** The settings of the fake, as given in process, by flags or over the control endpoints. */

/** The receipts that a contact's phone can send. `delivered` has no type on the wire. */
export const receiptType = z.enum([
  'delivered',
  'read',
  'played',
  'sender',
  'inactive',
  'read-self',
  'retry',
  'server-error',
])
export type ReceiptType = z.infer<typeof receiptType>

export const addressing = z.enum(['pn', 'lid'])
export type Addressing = z.infer<typeof addressing>

/** The receipts that follow a message by themselves: the default for all, or the exception that a rule makes. */
const receiptPlan = {
  /** In the order in which they happen. */
  types: z.array(receiptType),
  /** The waiting time before the first receipt, and between two. */
  delayMs: z.number().min(0),
  stepMs: z.number().min(0),
  /** The number of times each is sent. */
  repeat: z.int().min(1),
  /** The order of sending. Timestamps keep the order of what happened. */
  order: z.enum(['given', 'reverse']),
  /** Which address of the recipient the receipt comes from. */
  addressing,
}
export const receiptPlanPatch = z.strictObject({
  types: receiptPlan.types.exactOptional(),
  delayMs: receiptPlan.delayMs.exactOptional(),
  stepMs: receiptPlan.stepMs.exactOptional(),
  repeat: receiptPlan.repeat.exactOptional(),
  order: receiptPlan.order.exactOptional(),
  addressing: receiptPlan.addressing.exactOptional(),
})

const receipts = z.strictObject({
  types: receiptPlan.types.default(['delivered']),
  delayMs: receiptPlan.delayMs.default(0),
  stepMs: receiptPlan.stepMs.default(0),
  repeat: receiptPlan.repeat.default(1),
  order: receiptPlan.order.default('given'),
  addressing: receiptPlan.addressing.default('pn'),
})
export type ReceiptPlan = z.infer<typeof receipts>

const port = z.int().min(0).max(65_535).default(0)

export const whatsAppWebOptions = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port,
  /** The port of the https server for uploads and downloads. */
  mediaPort: port,
  /** The WebSocket is `wss://`, with the certificate of `test/fakes/certificates`. */
  tls: z.boolean().default(false),
  receipts: receipts.prefault({}),
  /** The numbers of which `onWhatsApp` says no. All others are on WhatsApp. */
  notOnWhatsApp: z.array(z.string()).default([]),
  /** The number of references that a QR pairing offers. The client shows one after the other. */
  qrRefs: z.int().min(1).default(6),
})
export type WhatsAppWebOptions = z.input<typeof whatsAppWebOptions>
export type WhatsAppWebSettings = z.infer<typeof whatsAppWebOptions>
