import { z } from 'zod'
import type { PlainInboundContent } from '../../../domain/messages/inbound-content.ts'
import { isShallow } from '../../../kit/json/fit-json.ts'
import { storableJsonText } from '../../../kit/storable.ts'
import { given } from './parts.ts'

const record = z.record(z.string(), z.unknown())
const text = z.string().optional().catch(undefined)

/** The quick-reply button of a template. Without a payload of its own, Meta repeats the text. */
export const buttonContent = z
  .object({ payload: text, text: z.string() })
  .transform(({ payload, text: title }): PlainInboundContent => ({
    reply: { type: 'button', id: payload ?? title, title },
  }))

const buttonReply = z
  .object({ button_reply: z.object({ id: z.string(), title: z.string() }) })
  .transform(({ button_reply: { id, title } }): PlainInboundContent => ({
    reply: { type: 'button', id, title },
  }))

const listReply = z
  .object({ list_reply: z.object({ id: z.string(), title: z.string(), description: text }) })
  .transform(({ list_reply: { id, title, description } }): PlainInboundContent => ({
    reply: { type: 'list', id, title, ...given({ description }) },
  }))

/** A form that was filled in: a flow's, or that of an address message. */
const formReply = z
  .object({
    nfm_reply: z.object({ name: z.string().catch('flow'), body: z.string().catch(''), response_json: text }),
  })
  .transform(({ nfm_reply: { name, body, response_json: response } }): PlainInboundContent => ({
    reply: {
      type: name === 'address_message' ? 'address' : 'flow',
      id: name,
      title: body,
      ...given({ response, responseData: response === undefined ? undefined : parsed(response) }),
    },
  }))

/** A customer decides what a form's answers say, so they are data only where they are harmless JSON. */
function parsed(response: string): unknown {
  try {
    const data: unknown = JSON.parse(storableJsonText(response))
    return isShallow(data, 24) ? data : undefined
  } catch {
    return undefined
  }
}

const seconds = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(/^\d{1,11}$/))
  .transform((value) => new Date(Number(value) * 1_000).toISOString())
  .optional()
  .catch(undefined)

const callPermissionReply = z
  .object({
    call_permission_reply: z.object({
      response: z.string(),
      is_permanent: z.boolean().optional().catch(undefined),
      expiration_timestamp: seconds,
      response_source: text,
    }),
  })
  .transform(({ call_permission_reply: reply }): PlainInboundContent => ({
    callPermission: {
      response: reply.response,
      ...given({
        permanent: reply.is_permanent,
        expiresAt: reply.expiration_timestamp,
        source: reply.response_source,
      }),
    },
  }))

const productReply = z
  .object({ product: record })
  .transform(({ product }): PlainInboundContent => ({ product }))

/** An answer to an interactive message, by the part that it has. */
export const interactiveContent = z.union([
  buttonReply,
  listReply,
  formReply,
  callPermissionReply,
  productReply,
])
