import { createHmac } from 'node:crypto'
import { testAppSecret, type Answer, type TestService } from './service.ts'

/** One receipt of Meta's. */
export interface StatusItem {
  wamid: string
  status: 'sent' | 'delivered' | 'read' | 'failed'
  /** Our message id, as Meta carries it along. */
  correlationId?: string
  to?: string
}

/** A callback that reports these receipts for a number. */
export function statusCallback(phoneNumberId: string, items: StatusItem[]): string {
  return messagesCallback(phoneNumberId, {
    statuses: items.map(({ wamid, status, correlationId, to = '14155552671' }) => ({
      id: wamid,
      status,
      timestamp: nowSeconds(),
      recipient_id: to,
      ...(correlationId !== undefined && { biz_opaque_callback_data: correlationId }),
    })),
  })
}

/** A callback that brings a customer's text to a number, or any `message` in Meta's shape. */
export function inboundCallback(
  phoneNumberId: string,
  wamid: string,
  text = 'Hello',
  message: Record<string, unknown> = { type: 'text', text: { body: text } },
): string {
  const from = '16505551234'
  return messagesCallback(phoneNumberId, {
    contacts: [{ profile: { name: 'Ana' }, wa_id: from }],
    messages: [{ from, id: wamid, timestamp: nowSeconds(), ...message }],
  })
}

function messagesCallback(phoneNumberId: string, value: Record<string, unknown>): string {
  const metadata = { display_phone_number: '15550783881', phone_number_id: phoneNumberId }
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } }
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [change] }],
  })
}

function nowSeconds(): string {
  return String(Math.floor(Date.now() / 1_000))
}

/** The value of `X-Hub-Signature-256` for a body. */
export function signatureOf(body: string | Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`
}

/** Posts a callback, signed; to a session's own path when one is given. */
export function postCallback(
  hermod: TestService,
  body: string | Buffer,
  { appSecret = testAppSecret, sessionId }: { appSecret?: string; sessionId?: string } = {},
): Promise<Answer> {
  return hermod.call('POST', `/webhooks/whatsapp${sessionId === undefined ? '' : `/${sessionId}`}`, {
    raw: body,
    headers: { 'x-hub-signature-256': signatureOf(body, appSecret) },
  })
}
