import { catalogId, userId, wamid, type Json } from '../../wire/meta/samples/sample.ts'
import { inboundSamples } from '../../wire/meta/samples/inbound.ts'

/** What an app is told of a sample: its content, and the fields beside it that are not null or false. */
export interface Expected {
  content: Json
  from?: string
  type?: string
  body?: string | null
  replyTo?: string
  beside?: Json
}

export const partOf = (name: string): Json => {
  const payload = inboundSamples.find((sample) => sample.name === name)?.payload ?? {}
  const part: unknown = payload[String(payload['type'])]
  return Object.fromEntries(Object.entries(part ?? {}))
}
export const answered = { replyTo: wamid('OUTBOUND') }
export const product = { catalog_id: catalogId, product_retailer_id: 'sku-aloe-7' }
export const text = (message: string, more: Partial<Expected> = {}): Expected => ({
  content: { message },
  body: message,
  ...more,
})
export const referral = (name: string): Json => {
  const payload: Json = inboundSamples.find((sample) => sample.name === name)?.payload ?? {}
  return { referral: payload['referral'] }
}
export const file = (type: string, mediaId: string, mimeType: string, sha256: string, more: Json = {}) => ({
  media: { type, mediaId, mimeType, sha256, ...more },
})
export const image = 'TfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUE='
/** The hashes of all sounds and stickers, but for their first letter. */
export const sound = 'vqXMe6n7n1W0zphvLPoLj+s/NtKqmr3zZ7YzTP7xFA='
export const reply = (type: string, id: string, title: string, more: Json = {}): Expected => ({
  content: { reply: { type, id, title, ...more } },
  body: title,
})
export const form = (type: string, id: string, title: string, response: string): Expected =>
  reply(type, id, title, { response, responseData: JSON.parse(response) })
export const unknownType = {
  errors: [
    {
      code: 131051,
      title: 'Message type unknown',
      message: 'Message type unknown',
      error_data: { details: 'Message type is currently not supported.' },
    },
  ],
}
export const changed = 'User Ines Okafor changed from 15550142233 to 15550155358'
export const newUserId = 'US.30491208655302741988'
export const hidden = { fromUserId: userId, username: '@ines.okafor' }
export const wacid = 'wacid.HBgLMTU1NTAxNDIyMzMVAgASGCAzODg1NTE5NEU1NTBEMTc1'
export const addressOf = (name: string): string => {
  const { nfm_reply: form } = partOf(name)
  return Object(form)['response_json']
}
