import { expect } from 'vitest'
import { postCallback } from './callbacks.ts'
import { until, type Answer, type TestService } from './service.ts'

const text = (value: string, name?: string) => ({
  type: 'text',
  text: value,
  ...(name !== undefined && { parameter_name: name }),
})
/** A template of two parameters, and a send that fits it. */
export const orderReady = {
  name: 'order_ready',
  language: 'en_US',
  components: [{ type: 'BODY', text: 'Hi {{1}}, order {{2}} is ready' }],
}
export const fits = {
  name: 'order_ready',
  language: 'en_US',
  components: [{ type: 'body', parameters: [text('Ana'), text('7')] }],
}

/** An account with a business of its own at the fake Graph. */
export interface Business {
  key: string
  wabaId: string
  phoneNumberId: string
  accessToken: string
  accountId: string
  sessionId: string
}

let numbers = 0
/** The id of a business that others have too, and the app secret that the account saves. */
export interface BusinessOptions {
  wabaId?: string
  appSecret?: string
}

/** Connects a fresh account to a business with these templates. */
export async function connectBusiness(
  hermod: TestService,
  templates: Record<string, unknown>[] = [orderReady],
  { wabaId = `55${process.pid}${(numbers += 1)}`, appSecret }: BusinessOptions = {},
): Promise<Business> {
  numbers += 1
  const phoneNumberId = `77${process.pid}${numbers}`
  const accessToken = `EAAtoken${phoneNumberId}`
  const { control } = hermod.graph
  control.addPhone({ id: phoneNumberId, wabaId, tokens: [accessToken] })
  control.setTemplates(
    templates.map((one) => ({ name: 'x', language: 'en_US', ...one })),
    wabaId,
  )
  const key = await hermod.register()
  const saved = await hermod.call('PUT', '/auth/me/credentials', {
    key,
    body: {
      whatsappAccessToken: accessToken,
      whatsappPhoneNumberId: phoneNumberId,
      whatsappBusinessAccountId: wabaId,
      ...(appSecret !== undefined && { whatsappAppSecret: appSecret }),
    },
  })
  expect(saved.status).toBe(200)
  const accountId = (await hermod.call('GET', '/auth/me', { key })).body.data.id
  return { key, wabaId, phoneNumberId, accessToken, accountId, sessionId: saved.body.data.sessionId }
}

/** Counts how often Meta is asked for templates while `act` runs; Meta answers after a moment. */
export async function countingReads(
  hermod: TestService,
  act: () => Promise<unknown>,
  delayMs = 0,
): Promise<number> {
  const { rules } = hermod.graph.control
  rules.replace({ id: 'count', when: { endpoint: 'templates' }, delayMs })
  await act()
  const applied = rules.list().find(({ id }) => id === 'count')?.applied ?? 0
  rules.clear()
  return applied
}

/** Which template is told of, why, and by whose secret; `more` are further fields of the callback. */
export interface TellOptions {
  name?: string
  language?: string
  reason?: string
  /** Seconds. */
  time?: number
  more?: Record<string, unknown>
  appSecret?: string
  sessionId?: string
}

/** What is told of a template, by the operator's app or by the session's own. */
export function tellTemplate(
  hermod: TestService,
  wabaId: string,
  event: string,
  options: TellOptions = {},
): Promise<Answer> {
  const { name = 'order_ready', language = 'en_US', reason = 'NONE', time, more, ...proof } = options
  const value = {
    event,
    message_template_id: 1,
    message_template_name: name,
    message_template_language: language,
    reason,
    ...more,
  }
  const entry = {
    id: wabaId,
    ...(time !== undefined && { time }),
    changes: [{ field: 'message_template_status_update', value }],
  }
  return postCallback(hermod, JSON.stringify({ object: 'whatsapp_business_account', entry: [entry] }), proof)
}

/** Makes the template of the service `default` in these languages, and lets Meta approve it. Returns what making it answered. */
export async function approveCodeTemplate(
  hermod: TestService,
  { key, phoneNumberId }: Business,
  languages: string[] = ['en_US'],
): Promise<Answer> {
  const made = await hermod.call('POST', '/otp/services/default/template', { key, body: { languages } })
  expect([made.status, made.body]).toEqual([201, expect.anything()])
  hermod.graph.control.judgeTemplate({ phoneNumberId, event: 'APPROVED', name: 'default_code' })
  await until(
    () => hermod.call('GET', '/templates/default_code', { key }),
    ({ body }) => body.data.languages.every(({ status }: { status: string }) => status === 'APPROVED'),
    'the approval',
  )
  return made
}
