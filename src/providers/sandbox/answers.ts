import { z } from 'zod'
import type { PlayedContent } from '../../domain/played-message.ts'
import type { OutboundMessage } from '../contract.ts'

/** A customer's answer to a message. `quotes`: it refers to that very message. */
export interface Answer {
  content: PlayedContent
  quotes: boolean
}

/** The answer that the customer of the sandbox gives to a message by themselves; null: none. */
export function answerTo({ content }: OutboundMessage): Answer | null {
  switch (content.type) {
    case 'text':
      return spokenAnswer(content.body)
    case 'interactive':
      return tapOf(content.interactive)
    case 'template':
      return quickReply(content.components ?? [])
    default:
      return null
  }
}

/** `reply: Hello` is answered by `Hello`; `reply with image` by a message of that kind. */
function spokenAnswer(body: string): Answer | null {
  const [, said] = /^\s*reply:\s*(\S[\s\S]*)$/i.exec(body) ?? []
  if (said !== undefined) return { content: { message: said.trimEnd() }, quotes: false }
  const [, kind] = /^\s*reply with (?:an? )?(\w+)\s*$/i.exec(body) ?? []
  const content = kind === undefined ? undefined : kinds.get(kind.toLowerCase())
  return content === undefined ? null : { content, quotes: false }
}

/** The kinds of messages that can be asked for by name. */
const kinds: ReadonlyMap<string, PlayedContent> = new Map<string, PlayedContent>([
  ['image', { media: { type: 'image', caption: 'A picture of the sandbox' } }],
  ['video', { media: { type: 'video' } }],
  ['audio', { media: { type: 'audio' } }],
  ['voice', { media: { type: 'audio', voice: true } }],
  ['document', { media: { type: 'document', caption: 'A document of the sandbox' } }],
  ['sticker', { media: { type: 'sticker' } }],
  [
    'location',
    { location: { latitude: 37.4847, longitude: -122.1484, name: 'Meta', address: '1 Hacker Way' } },
  ],
  [
    'contact',
    {
      contacts: [
        {
          name: { formatted_name: 'Ana Sandbox', first_name: 'Ana' },
          phones: [{ phone: '+1 415 555 0100' }],
        },
      ],
    },
  ],
  [
    'order',
    {
      raw: {
        type: 'order',
        order: {
          catalog_id: '194836987003835',
          text: 'Two of them, please',
          product_items: [{ product_retailer_id: 'sku-1', quantity: 2, item_price: 30, currency: 'USD' }],
        },
      },
    },
  ],
  [
    'referral',
    {
      raw: {
        type: 'text',
        text: { body: 'Hello, I saw your ad' },
        referral: {
          source_url: 'https://fb.me/sandbox',
          source_id: '120212345678900123',
          source_type: 'ad',
          headline: 'The sandbox',
          body: 'An ad of the sandbox',
          media_type: 'image',
          image_url: 'https://example.com/ad.png',
          ctwa_clid: 'sandbox-click',
        },
      },
    },
  ],
  [
    'unsupported',
    {
      raw: {
        type: 'unsupported',
        errors: [
          {
            code: 131051,
            title: 'Message type unknown',
            message: 'Message type unknown',
            error_data: { details: 'Message type is currently not supported.' },
          },
        ],
      },
    },
  ],
])

const named = z.looseObject({ id: z.string(), title: z.string(), description: z.string().optional() })
const interactive = z.union([
  z.looseObject({
    type: z.literal('button'),
    action: z.looseObject({ buttons: z.array(z.looseObject({ reply: named })).min(1) }),
  }),
  z.looseObject({
    type: z.literal('list'),
    action: z.looseObject({ sections: z.array(z.looseObject({ rows: z.array(named) })).min(1) }),
  }),
  z.looseObject({ type: z.enum(['flow', 'location_request_message']) }),
])

/** The first button is tapped, the first row chosen, the flow filled in, the place shared. */
function tapOf(sent: unknown): Answer | null {
  const parsed = interactive.safeParse(sent).data
  const content = parsed === undefined ? null : contentOfTap(parsed)
  return content === null ? null : { content, quotes: true }
}

function contentOfTap(sent: z.infer<typeof interactive>): PlayedContent | null {
  switch (sent.type) {
    case 'button': {
      const [first] = sent.action.buttons
      return first === undefined
        ? null
        : { reply: { type: 'button', id: first.reply.id, title: first.reply.title } }
    }
    case 'list': {
      const [row] = sent.action.sections.flatMap(({ rows }) => rows)
      return row === undefined ? null : { reply: { type: 'list', ...pickRow(row) } }
    }
    case 'flow':
      return { reply: { type: 'flow', id: 'flow', title: 'Sent', response: '{"flow_token":"sandbox"}' } }
    case 'location_request_message':
      return kinds.get('location') ?? null
  }
}

function pickRow({ id, title, description }: z.infer<typeof named>) {
  return { id, title, ...(description !== undefined && { description }) }
}

const button = z.looseObject({
  type: z.literal('button'),
  sub_type: z.literal('quick_reply'),
  parameters: z.tuple([z.looseObject({ payload: z.string() })]),
})

/** The first quick-reply button of a template whose payload is sent with it. */
function quickReply(components: readonly unknown[]): Answer | null {
  for (const component of components) {
    const payload = button.safeParse(component).data?.parameters[0].payload
    if (payload !== undefined) {
      return { content: { raw: { type: 'button', button: { payload, text: payload } } }, quotes: true }
    }
  }
  return null
}
