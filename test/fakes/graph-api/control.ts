import { z } from 'zod'
import type { Json } from '../http.ts'
import type { Ledger } from './ledger.ts'
import { newWamid } from './messages.ts'
import {
  type CallbackSettingsPatch,
  type Order,
  type Phone,
  type PhoneInput,
  template,
  type TemplateInput,
} from './options.ts'
import { challenge } from './routes.ts'
import type { Rules } from './rules.ts'
import { addPhone, type State } from './state.ts'

export const inboundInput = z.strictObject({
  phoneNumberId: z.string().exactOptional(),
  /** The customer's WhatsApp id; null when only a BSUID is shared. */
  from: z.string().nullable().exactOptional(),
  fromUserId: z.string().exactOptional(),
  profileName: z.string().exactOptional(),
  id: z.string().exactOptional(),
  /** Short for `message: { type: 'text', text: { body } }`. */
  text: z.string().exactOptional(),
  /** What stands beside from, id and timestamp, in Meta's shape. */
  message: z.record(z.string(), z.unknown()).exactOptional(),
  /** How often it is posted. */
  repeat: z.int().min(1).exactOptional(),
})
export type InboundInput = z.infer<typeof inboundInput>

export const templateStatusInput = z.strictObject({
  phoneNumberId: z.string().exactOptional(),
  event: z.string(),
  name: z.string(),
  language: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  category: z.string().exactOptional(),
})
export type TemplateStatusInput = z.infer<typeof templateStatusInput>

/** What a test can do to the stand-in while it runs. */
export interface Control {
  readonly ledger: Ledger
  readonly rules: Rules
  addPhone(phone: PhoneInput): Phone
  /** Changes a number's throughput limit, messages a second; null: none. */
  setThroughput(phoneNumberId: string, mps: number | null): void
  expireToken(token: string): void
  /** Makes Meta know whoever is dialled so under another number. */
  setWaId(dialled: string, waId: string): void
  renewToken(token: string): void
  /** Sets the list of an account, the first phone's by default; null checks nothing any more. */
  setTemplates(templates: readonly TemplateInput[] | null, wabaId?: string): void
  /** Puts a file on Meta's side, as if a customer had sent it. Returns its id. */
  addMedia(file: { bytes: Buffer; mimeType: string; id?: string; url?: string }): string
  /** A file on Meta's side. */
  media(id: string): { bytes: Buffer; mimeType: string } | undefined
  /** Forgets a file, as Meta does after a while. */
  deleteMedia(id: string): void
  /** Changes where callbacks go and how. */
  configureCallbacks(patch: CallbackSettingsPatch): void
  /** Lets go of updates that were held back. */
  releaseCallbacks(order?: Order): void
  /** Resolves when every update that is not held was acknowledged or given up. */
  callbacksSettled(): Promise<void>
  /** Sends a customer's message. Returns its wamid. */
  inbound(input: InboundInput): string
  templateStatus(input: TemplateStatusInput): void
  /** Decides on a template that was submitted, and tells of it. */
  judgeTemplate(input: TemplateStatusInput): void
  /** Posts any body, once; returns the HTTP status of the answer, null when none came. */
  postCallback(body: Json | string, signature?: 'valid' | 'wrong' | 'none'): Promise<number | null>
  /** Asks a callback URL to echo a challenge, as when a webhook is subscribed. */
  verifyCallback(url: string, verifyToken: string): Promise<string>
  /** Forgets messages and rules; phones, tokens, templates and settings stay. */
  reset(): void
}

export function createControl(state: State): Control {
  const phoneOf = (id?: string): Phone => {
    const found = id === undefined ? state.phones.values().next().value : state.phones.get(id)
    if (!found) throw new Error(`no such phone: ${id ?? 'the first'}`)
    return found
  }
  const at = { delayMs: 0, hold: false }

  return {
    ledger: state.ledger,
    rules: state.rules,
    addPhone: (phone) => addPhone(state, phone),
    setThroughput: (id, mps) => void (phoneOf(id).mps = mps),
    setWaId: (dialled, waId) => void state.waIds.set(dialled, waId),
    expireToken: (token) => void state.expired.add(`Bearer ${token}`),
    renewToken: (token) => void state.expired.delete(`Bearer ${token}`),
    setTemplates(templates, wabaId = phoneOf().wabaId) {
      if (templates === null) state.templates.delete(wabaId)
      else
        state.templates.set(
          wabaId,
          templates.map((one) => template.parse(one)),
        )
    },
    addMedia: (file) => state.media.add(file).id,
    media: (id) => state.media.get(id),
    deleteMedia: (id) => void state.media.delete(id),
    configureCallbacks: (patch) => void Object.assign(state.settings.callbacks, patch),
    releaseCallbacks: (order) => state.callbacks.release(order),
    callbacksSettled: () => state.callbacks.settled(),
    inbound(input) {
      const phone = phoneOf(input.phoneNumberId)
      const from = input.from === undefined ? '16505551234' : input.from
      const id = input.id ?? newWamid(from ?? '')
      const bsuid = input.fromUserId
      const item = {
        ...(from === null ? {} : { from }),
        ...(bsuid === undefined ? {} : { from_user_id: bsuid }),
        id,
        timestamp: String(Math.floor(state.now() / 1_000)),
        ...(input.message ?? { type: 'text', text: { body: input.text ?? 'Hello' } }),
      }
      const contact = {
        profile: { name: input.profileName ?? 'Ana' },
        ...(from === null ? {} : { wa_id: from }),
        ...(bsuid === undefined ? {} : { user_id: bsuid }),
      }
      const update = { phone, field: 'messages', place: 'messages' as const, item, contact }
      state.callbacks.post(update, { ...at, repeat: input.repeat ?? 1 })
      return id
    },
    templateStatus({ phoneNumberId, event, name, language, reason, category }) {
      const item = {
        event,
        message_template_id: 1_689_556_908_129_832,
        message_template_name: name,
        message_template_language: language ?? 'en_US',
        reason: reason ?? 'NONE',
        message_template_category: category ?? 'UTILITY',
      }
      const field = 'message_template_status_update'
      state.callbacks.post(
        { phone: phoneOf(phoneNumberId), field, place: 'value', item },
        { ...at, repeat: 1 },
      )
    },
    judgeTemplate(input) {
      const list = state.templates.get(phoneOf(input.phoneNumberId).wabaId) ?? []
      const judged = list.filter(
        ({ name, language }) => name === input.name && language === (input.language ?? language),
      )
      if (judged.length === 0) throw new Error(`no such template: ${input.name}`)
      for (const one of judged) {
        Object.assign(one, { status: input.event, rejected_reason: input.reason ?? 'NONE' })
        this.templateStatus({ ...input, language: one.language, category: one.category })
      }
    },
    postCallback: (body, signature) =>
      state.callbacks.once(phoneOf(), typeof body === 'string' ? body : JSON.stringify(body), signature),
    verifyCallback: challenge,
    reset() {
      state.ledger.clear()
      state.rules.clear()
    },
  }
}
