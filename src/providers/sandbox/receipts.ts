import type { StatusEvent } from '../../domain/provider-event.ts'
import { after, type Clock } from '../../kit/clock.ts'
import type { OutboundMessage, ScheduledReceipt } from '../contract.ts'
import { answerTo } from './answers.ts'
import { playCustomer } from './customer.ts'
import { metaTime, readAsCallback } from './meta.ts'
import type { Moment, SandboxError, SandboxReceipt } from './scenarios.ts'
import type { SandboxSettings } from './settings.ts'

/** One send: the message, the session's settings, how fast time goes, and whether a tap may follow. */
export interface Send {
  message: OutboundMessage
  settings: SandboxSettings
  speed: number
  clock: Clock
  mayTap(recipient: string, now: Date): boolean
}

/** How long the customer takes from reading a message to answering it. */
const answerMs = 500

/** All that follows a send that was taken: its receipts, and what the customer says to it once they have read it. */
export function scheduleReceipts(receipts: readonly SandboxReceipt[], send: Send): ScheduledReceipt[] {
  const now = send.clock.now()
  const scheduled = receipts.flatMap((receipt): ScheduledReceipt[] => {
    const event = statusEvent(receipt, after(now, momentMs(receipt.happened ?? receipt.arrives, send)), send)
    return event === null ? [] : [{ afterMs: momentMs(receipt.arrives, send), event }]
  })
  const isRead = receipts.some(({ status }) => status === 'read')
  return isRead ? [...scheduled, ...answers(now, send)] : scheduled
}

function answers(now: Date, send: Send): ScheduledReceipt[] {
  const { message, settings, speed } = send
  const answer = answerTo(message)
  if (answer === null || (answer.quotes && !send.mayTap(message.to.value, now))) return []
  const afterMs = scaled(settings.readAfterMs + answerMs, speed)
  const event = playCustomer({
    // A repeat of the attempt is the same answer.
    id: `${message.id}.${message.attempt}`,
    from: message.to,
    profileName: 'Sandbox customer',
    content: answer.content,
    replyTo: answer.quotes ? externalIdOf(message) : null,
    at: after(now, afterMs),
  })
  return event === null ? [] : [{ afterMs, event }]
}

function statusEvent(receipt: SandboxReceipt, at: Date, { message }: Send): StatusEvent | null {
  const { error } = receipt
  const [event] = readAsCallback({
    statuses: [
      {
        id: externalIdOf(message),
        status: receipt.status,
        timestamp: metaTime(at),
        recipient_id: message.to.value,
        biz_opaque_callback_data: message.id,
        ...(priced.has(receipt.status) && { pricing: pricingOf(message) }),
        ...(error !== undefined && { errors: [callbackError(error)] }),
      },
    ],
  })
  if (event?.kind !== 'status') return null
  return {
    ...event,
    // To the millisecond: Meta's own times are whole seconds.
    at: at.toISOString(),
    error:
      error === undefined
        ? null
        : { ...event.error, code: error.code, detail: error.detail, provider: providerError(error) },
  }
}

/** The statuses with which Meta reports the price. */
const priced: ReadonlySet<string> = new Set(['sent', 'delivered'])

/** Answers to a customer are free; templates are charged by their category, which the sandbox takes for utility. */
function pricingOf({ content }: OutboundMessage): Record<string, unknown> {
  return content.type === 'template'
    ? { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' }
    : { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' }
}

function callbackError({ metaCode, detail }: SandboxError): Record<string, unknown> {
  return { code: metaCode, title: detail, message: detail, error_data: { details: detail } }
}

function momentMs(moment: Moment, { settings, speed }: Send): number {
  if (typeof moment === 'object') return scaled(moment.ms, speed)
  const momentsMs = {
    sent: settings.deliveredAfterMs / 5,
    delivered: settings.deliveredAfterMs,
    read: settings.readAfterMs,
  }
  return scaled(momentsMs[moment], speed)
}

/** A delay at the pace of the sandbox, in milliseconds. */
export function scaled(ms: number, speed: number): number {
  return Math.round(ms / speed)
}

/** The provider's id of a message: it follows from the message and the attempt. */
export function externalIdOf({ id, attempt }: OutboundMessage): string {
  return `wamid.sandbox.${id}.${attempt}`
}

/** An error as Graph answers it. */
export function providerError({ metaCode, detail }: SandboxError): { code: number; message: string } {
  return { code: metaCode, message: `(#${metaCode}) ${detail}` }
}
