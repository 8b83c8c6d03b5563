import { z } from 'zod'

/**
 * The request bodies of `POST /{phone-number-id}/messages`, written from Meta's documentation and on purpose
 * without a look at the gateway's own schemas: each checks the other.
 * Source: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
 */

const text = (max: number) => z.string().min(1).max(max)
const link = z.url({ protocol: /^https?$/ })

function media(more: z.ZodRawShape = {}) {
  return z
    .strictObject({ id: text(256).optional(), link: link.optional(), ...more })
    .refine((given) => (given.id === undefined) !== (given.link === undefined), 'exactly one of id and link')
}

const caption = { caption: text(1024).optional() }
const image = media(caption)
const video = media(caption)
const document = media({ ...caption, filename: text(240).optional() })

const location = z.strictObject({
  latitude: z.coerce.number().min(-90).max(90),
  longitude: z.coerce.number().min(-180).max(180),
  name: text(1000).optional(),
  address: text(1000).optional(),
})

const header = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: text(60) }),
  z.strictObject({ type: z.literal('image'), image: media() }),
  z.strictObject({ type: z.literal('video'), video: media() }),
  z.strictObject({ type: z.literal('document'), document: media({ filename: text(240).optional() }) }),
])
const frame = {
  header: header.optional(),
  body: z.strictObject({ text: text(1024) }),
  footer: z.strictObject({ text: text(60) }).optional(),
}
const row = z.strictObject({ id: text(200), title: text(24), description: text(72).optional() })
const button = z.strictObject({
  type: z.literal('reply'),
  reply: z.strictObject({ id: text(256), title: text(20) }),
})
const sections = z
  .array(z.strictObject({ title: text(24).optional(), rows: z.array(row).min(1).max(10) }))
  .min(1)
  .max(10)
  .refine((given) => given.flatMap((one) => one.rows).length <= 10, 'at most 10 rows over all sections')
  .refine((given) => given.length < 2 || given.every((one) => one.title), 'titles needed for many sections')

const checkedInteractive = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('button'),
    ...frame,
    action: z.strictObject({ buttons: z.array(button).min(1).max(3) }),
  }),
  z.strictObject({
    type: z.literal('list'),
    ...frame,
    body: z.strictObject({ text: text(4096) }),
    action: z.strictObject({ button: text(20), sections }),
  }),
])
const checkedKinds: readonly string[] = ['button', 'list']
/** Other kinds are taken as they come. */
const interactive = z.union([
  z.looseObject({ type: z.string().refine((type) => !checkedKinds.includes(type)) }),
  checkedInteractive,
])

const name = z
  .strictObject({
    formatted_name: text(1024),
    first_name: text(1024).optional(),
    last_name: text(1024).optional(),
    middle_name: text(1024).optional(),
    prefix: text(1024).optional(),
    suffix: text(1024).optional(),
  })
  .refine((given) => Object.keys(given).length > 1, 'formatted_name and one more part of the name')
const detail = (...keys: string[]) => z.array(strings(keys)).optional()
const strings = (keys: string[]) =>
  z.strictObject(Object.fromEntries(keys.map((key) => [key, z.string().optional()])))
const card = z.strictObject({
  name,
  addresses: detail('street', 'city', 'state', 'zip', 'country', 'country_code', 'type'),
  birthday: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional(),
  emails: detail('email', 'type'),
  org: strings(['company', 'department', 'title']).optional(),
  phones: detail('phone', 'type', 'wa_id'),
  urls: detail('url', 'type'),
})

const parameterName = { parameter_name: text(64).optional() }
const fallback = { fallback_value: z.string() }
const parameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: text(32_768), ...parameterName }),
  z.strictObject({
    type: z.literal('currency'),
    currency: z.strictObject({ ...fallback, code: z.string().length(3), amount_1000: z.int() }),
    ...parameterName,
  }),
  z.strictObject({
    type: z.literal('date_time'),
    date_time: z.looseObject(fallback),
    ...parameterName,
  }),
  z.strictObject({ type: z.literal('image'), image: media() }),
  z.strictObject({ type: z.literal('video'), video: media() }),
  z.strictObject({ type: z.literal('document'), document: media({ filename: text(240).optional() }) }),
  z.strictObject({ type: z.literal('location'), location }),
  z.strictObject({ type: z.literal('payload'), payload: text(256) }),
  z.strictObject({ type: z.literal('coupon_code'), coupon_code: text(20) }),
  z.strictObject({ type: z.literal('action'), action: z.looseObject({}) }),
  z.looseObject({ type: z.literal('limited_time_offer') }),
  z.looseObject({ type: z.literal('product') }),
  z.looseObject({ type: z.literal('ttl_minutes') }),
])
const word = (literal: string) => z.string().regex(new RegExp(`^${literal}$`, 'i'))
const component = z.union([
  z.looseObject({ type: z.string().refine((type) => !/^(header|body|button)$/i.test(type)) }),
  z.strictObject({ type: word('header|body'), parameters: z.array(parameter).optional() }),
  z.strictObject({
    type: word('button'),
    sub_type: word('quick_reply|url|copy_code|flow|catalog|mpm|spm|order_details|voice_call'),
    index: z.coerce.number().int().min(0).max(9).optional(),
    parameters: z.array(parameter).optional(),
  }),
])

const template = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.strictObject({ code: text(16), policy: z.literal('deterministic').optional() }),
  components: z.array(component).optional(),
})

/** By `type`: the shape of the value that stands under the key of the same name. */
export const shapes: Record<string, z.ZodType> = {
  text: z.strictObject({ body: text(4096), preview_url: z.boolean().optional() }),
  template,
  image,
  video,
  document,
  audio: media({ voice: z.boolean().optional() }),
  sticker: media(),
  reaction: z.strictObject({ message_id: text(256), emoji: z.string().max(64) }),
  interactive,
  location,
  contacts: z.array(card).min(1).max(257),
}

/** What may stand beside it. */
export const envelopeKeys = new Set([
  'messaging_product',
  'recipient_type',
  'to',
  'recipient',
  'type',
  'context',
  'biz_opaque_callback_data',
  'message_activity_sharing',
  'recipient_identity_key_hash',
  'ttl',
])

export const envelope = z.looseObject({
  recipient_type: z.enum(['individual', 'group']).optional(),
  context: z.strictObject({ message_id: text(256) }).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
})
export const recipientShapes = {
  to: /^(\+?[\d\s().-]{5,32}|Y2FwaV9ncm91cDo[\w+/=-]+)$/,
  recipient: /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/,
}
