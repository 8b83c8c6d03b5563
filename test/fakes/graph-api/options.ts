import { z } from 'zod'

/** The settings of the stand-in, as given in process, by flags or over the control endpoints. */

export const statusWord = z.enum(['sent', 'delivered', 'read', 'played', 'failed'])
export type StatusWord = z.infer<typeof statusWord>

const order = z.enum(['given', 'reverse', 'shuffle'])
export type Order = z.infer<typeof order>

/** What happens to the callbacks of a message: the default for all, or the exception a rule makes. */
const callbackPlan = {
  /** The statuses to report, in the order in which they happen. */
  statuses: z.array(statusWord),
  /** The error code that a `failed` status carries. */
  failWith: z.int(),
  /** Waiting time before the first status, and between two. */
  delayMs: z.number().min(0),
  stepMs: z.number().min(0),
  /** How often each update is posted, though it is acknowledged. */
  repeat: z.int().min(1),
  /** The order of posting. Timestamps keep telling the truth. */
  order,
  /** Keeps updates back until they are released. */
  hold: z.boolean(),
}
export const callbackPlanPatch = z.strictObject({
  statuses: callbackPlan.statuses.exactOptional(),
  failWith: callbackPlan.failWith.exactOptional(),
  delayMs: callbackPlan.delayMs.exactOptional(),
  stepMs: callbackPlan.stepMs.exactOptional(),
  repeat: callbackPlan.repeat.exactOptional(),
  order: callbackPlan.order.exactOptional(),
  hold: callbackPlan.hold.exactOptional(),
})
export type CallbackPlanPatch = z.infer<typeof callbackPlanPatch>

const callbacks = z.strictObject({
  /** Where statuses go; null posts nothing. A phone's own `callbackUrl` wins. */
  url: z.string().nullable().default(null),
  appSecret: z.string().default('app-secret'),
  statuses: callbackPlan.statuses.default(['sent', 'delivered', 'read']),
  failWith: callbackPlan.failWith.default(131026),
  delayMs: callbackPlan.delayMs.default(0),
  stepMs: callbackPlan.stepMs.default(5),
  repeat: callbackPlan.repeat.default(1),
  order: order.default('given'),
  hold: z.boolean().default(false),
  /** Updates wait this long for company, then go out together, at most `updatesMax` (Meta: 1000) a POST. */
  flushMs: z.number().min(0).default(3),
  updatesMax: z.int().min(1).max(1000).default(1000),
  /** POSTs in flight at once. */
  postsMax: z.int().min(1).default(16),
  timeoutMs: z.number().positive().default(20_000),
  /** Meta repeats what is not answered 200, with growing delays, for days; these bound it. */
  retryFirstMs: z.number().positive().default(1_000),
  retryFactor: z.number().min(1).default(2),
  retryCapMs: z.number().positive().default(3_600_000),
  attemptsMax: z.int().min(1).default(20),
  retryTotalMs: z
    .number()
    .positive()
    .default(7 * 24 * 3_600_000),
})
export type CallbackSettings = z.infer<typeof callbacks>
export const callbackSettingsPatch = z.strictObject({
  ...callbackPlanPatch.shape,
  url: z.string().nullable().exactOptional(),
  appSecret: z.string().exactOptional(),
  flushMs: z.number().min(0).exactOptional(),
  updatesMax: z.int().min(1).max(1000).exactOptional(),
  retryFirstMs: z.number().positive().exactOptional(),
  attemptsMax: z.int().min(1).exactOptional(),
})
export type CallbackSettingsPatch = z.infer<typeof callbackSettingsPatch>

export const phone = z.strictObject({
  id: z.string().min(1).default('106540352242922'),
  wabaId: z.string().min(1).default('102290129340398'),
  tokens: z.array(z.string().min(1)).default(['EAAtesttoken']),
  displayPhoneNumber: z.string().default('+1 555-078-3881'),
  verifiedName: z.string().default('Jaspers Market'),
  qualityRating: z.enum(['GREEN', 'YELLOW', 'RED', 'UNKNOWN']).default('GREEN'),
  callbackUrl: z.string().nullable().default(null),
  appSecret: z.string().nullable().default(null),
  /** Messages per second this number may send (Meta: 80, after an upgrade 1000); null: no limit. */
  mps: z.number().positive().nullable().default(null),
})
export type Phone = z.infer<typeof phone>
export type PhoneInput = z.input<typeof phone>

export const template = z.looseObject({
  id: z.string().optional(),
  name: z.string().min(1),
  language: z.string().min(1),
  status: z.string().default('APPROVED'),
  category: z.string().default('UTILITY'),
  components: z.array(z.looseObject({ type: z.string() })).default([]),
})
export type Template = z.infer<typeof template>
export type TemplateInput = z.input<typeof template>

export const graphApiOptions = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(0),
  /** For benchmarks: token check and JSON parse only; no rules, no validation, no callbacks, counts only. */
  plain: z.boolean().default(false),
  /** What the ledger keeps of an accepted message. */
  ledger: z.enum(['counts', 'times', 'bodies']).default('bodies'),
  phones: z.array(phone).min(1).prefault([{}]),
  callbacks: callbacks.prefault({}),
  /** The templates of the first phone's business account; null sends any template unchecked. */
  templates: z.array(template).nullable().default(null),
  /** Refuse media ids that were not uploaded here. */
  mediaChecked: z.boolean().default(false),
  /** Meta's pair limit: one message to a recipient each `everyMs`, `burst` of them borrowed; null: none. */
  pairLimit: z
    .strictObject({ everyMs: z.number().positive().default(6_000), burst: z.int().min(1).default(45) })
    .nullable()
    .default(null),
})
export type GraphApiOptions = z.input<typeof graphApiOptions>
export type GraphApiSettings = z.infer<typeof graphApiOptions>
