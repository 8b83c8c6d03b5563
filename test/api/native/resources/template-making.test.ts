import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectBusiness } from '../../../support/businesses.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type Answer, type TestService } from '../../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const body = {
  type: 'BODY',
  text: 'Hi {{1}}, your parcel {{2}} is here.',
  example: { body_text: [['Sarah', '#1042']] },
}
const parcel = { name: 'parcel_here', language: 'en_US', category: 'utility', components: [body] }
const code = {
  name: 'login_code',
  languages: ['en_US', 'es_ES', 'fr'],
  category: 'authentication',
  components: [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 5 },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE' }] },
  ],
  ttlSeconds: 300,
}
const hellos = [{ name: 'hello' }]

const make = (key: string, draft: object): Promise<Answer> =>
  hermod.call('POST', '/templates', { key, body: draft })
const statusesOf = (answer: Answer): Record<string, string> =>
  Object.fromEntries(
    answer.body.data.languages.map((one: { language: string; status: string }) => [one.language, one.status]),
  )
const read = (key: string, name: string, query = '') =>
  hermod.call('GET', `/templates/${name}${query}`, { key })

describe('at Meta', () => {
  test('a template is submitted, waits, is approved with an event, and can be sent', async () => {
    const { key, phoneNumberId } = await connectBusiness(hermod, hellos)
    const path = `/made-${phoneNumberId}`
    const hook = { url: `${hermod.receiver.url}${path}`, events: ['template.status_updated'] }
    expect((await hermod.call('POST', '/webhook-endpoints', { key, body: hook })).status).toBe(201)
    const made = await make(key, parcel)
    expect([made.status, statusesOf(made)]).toEqual([201, { en_US: 'PENDING' }])
    const send = () => hermod.call('POST', '/send-message', { key, body: { to: '14155552671', template } })
    const parameters = ['Ana', '7'].map((text) => ({ type: 'text', text }))
    const template = { name: 'parcel_here', components: [{ type: 'body', parameters }] }
    expectInvalid(await send(), 'body.template.name')

    hermod.graph.control.judgeTemplate({ phoneNumberId, event: 'APPROVED', name: 'parcel_here' })
    await hermod.receiver.waitFor(
      ({ path: at, payload }) => at === path && JSON.stringify(payload).includes('"APPROVED"'),
    )
    const sent = await send()
    expect(sent.status).toBe(202)
    const message = await hermod.call('GET', `/messages/${sent.body.data.id}`, { key })
    expect(message.body.data.body).toBe('Hi Ana, your parcel 7 is here.')
  })

  test('a rejection comes with its reason', async () => {
    const { key, phoneNumberId } = await connectBusiness(hermod, hellos)
    await make(key, parcel)
    const reason = 'TAG_CONTENT_MISMATCH'
    hermod.graph.control.judgeTemplate({ phoneNumberId, event: 'REJECTED', name: 'parcel_here', reason })
    await until(
      () => read(key, 'parcel_here'),
      ({ body: answer }) => answer.data.languages[0].reason === reason,
    )
  })

  test('an authentication template is made in all its languages at once, and previewed in Meta’s words', async () => {
    const { key } = await connectBusiness(hermod, hellos)
    const preview = await hermod.call('POST', '/templates/preview', { key, body: code })
    expect(preview.body.data.previews.map(({ language }: { language: string }) => language)).toEqual(
      code.languages,
    )
    expect(preview.body.data.previews[0]).toMatchObject({ footer: 'This code expires in 5 minutes.' })
    const made = await make(key, code)
    expect(statusesOf(made)).toEqual({ en_US: 'PENDING', es_ES: 'PENDING', fr: 'PENDING' })
  })

  test('a header shows the sample that was uploaded for it', async () => {
    const { key } = await connectBusiness(hermod, hellos)
    const uploaded = await hermod.call('POST', '/templates/media', {
      key,
      raw: Buffer.from('a picture'),
      headers: { 'content-type': 'image/png' },
    })
    expect(uploaded.status).toBe(201)
    const { handle } = uploaded.body.data
    const header = { type: 'HEADER', format: 'IMAGE', example: { header_handle: [handle] } }
    expect((await make(key, { ...parcel, components: [header, body] })).status).toBe(201)
    expect(
      (await read(key, 'parcel_here')).body.data.languages[0].components[0].example.header_handle,
    ).toEqual([handle])
    const wrong = { key, raw: 'audio', headers: { 'content-type': 'audio/mpeg' } }
    expect((await hermod.call('POST', '/templates/media', wrong)).status).toBe(415)
  })

  test('it is changed and deleted by name or id, and Meta’s refusals are told in its words', async () => {
    const { key, phoneNumberId } = await connectBusiness(hermod, hellos)
    const made = await make(key, parcel)
    const { id } = made.body.data.languages[0]
    const shorter = { components: [{ type: 'BODY', text: 'Your parcel is here, come and fetch it.' }] }
    const change = (which: string) => hermod.call('PATCH', `/templates/${which}`, { key, body: shorter })
    const early = await change('parcel_here')
    expectRefusal(early, { status: 422, code: 'template_refused' })
    expect(early.body.error).toContain('Message template content cannot be changed while it is in review')

    hermod.graph.control.judgeTemplate({ phoneNumberId, event: 'APPROVED', name: 'parcel_here' })
    const changed = await change(id)
    expect(changed.body.data).toMatchObject({ name: 'parcel_here', status: 'PENDING', ...shorter })
    expectRefusal(await make(key, parcel), { status: 409, code: 'template_exists' })
    const removed = await hermod.call('DELETE', '/templates/parcel_here', { key })
    expect(removed.body.data).toEqual({ name: 'parcel_here', languages: ['en_US'] })
    const gone = { status: 404, code: 'template_not_found' } as const
    expectRefusal(await read(key, 'parcel_here'), gone)
    expectRefusal(await hermod.call('DELETE', `/templates/${id}`, { key }), gone)
    expectRefusal(await change('parcel_here'), gone)
  })
})

describe('in the sandbox', () => {
  const sandbox = { ...parcel, session: 'sandbox' }
  const query = '?session=sandbox'

  test.each([
    ['parcel_here', 'APPROVED', null],
    ['parcel_rejected', 'REJECTED', 'INVALID_FORMAT'],
    ['parcel_pending', 'PENDING', null],
  ])('%s is %s, and stays what it is', async (name, status, reason) => {
    const key = await hermod.register()
    const made = await make(key, { ...sandbox, name })
    expect(made.body.data.languages[0]).toMatchObject({ name, language: 'en_US', status, reason })
    // As if the list had grown old: it is read again, and what was made stays.
    await hermod.service.ctx.db.query(
      '',
      `update template_lists set fetched_at = now() - interval '1 hour'`,
      [],
    )
    expect((await read(key, name, query)).body.data.languages[0]).toMatchObject({ status, reason })
    const template = { name, components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }] }
    const sent = await hermod.call('POST', '/send-message', {
      key,
      body: { to: '14155552671', session: 'sandbox', template },
    })
    expectInvalid(sent, status === 'APPROVED' ? 'body.template.components' : 'body.template.name')
    expect((await hermod.call('DELETE', `/templates/${name}${query}`, { key })).status).toBe(200)
  })

  test('a preview fills in the examples and submits nothing', async () => {
    const key = await hermod.register()
    const preview = await hermod.call('POST', '/templates/preview', { key, body: sandbox })
    expect(preview.body.data.previews).toEqual([
      {
        language: 'en_US',
        header: null,
        body: 'Hi Sarah, your parcel #1042 is here.',
        footer: null,
        buttons: [],
      },
    ])
    expect((await read(key, 'parcel_here', query)).status).toBe(404)
  })
})

describe('is refused before Meta is asked:', () => {
  const text = (value: string, more: object = {}) => ({
    components: [{ type: 'BODY', text: value, ...more }],
  })
  const buttons = (...list: object[]) => ({
    components: [
      { type: 'BODY', text: 'Hi' },
      { type: 'BUTTONS', buttons: list },
    ],
  })
  const otp = (more: object) => ({
    ...code,
    components: [{ type: 'BODY' }, { type: 'BUTTONS', buttons: [{ type: 'OTP', ...more }] }],
  })
  test.each<[string, object, string]>([
    ['a name in capitals', { name: 'Parcel' }, 'body.name'],
    ['an unknown category', { category: 'news' }, 'body.category'],
    ['no body', { components: [{ type: 'FOOTER', text: 'x' }] }, 'body.components'],
    ['a body that is too long', text('x'.repeat(1_025)), 'body.components.0.text'],
    [
      'a variable at the end',
      text('Hi {{1}}', { example: { body_text: [['A']] } }),
      'body.components.0.text',
    ],
    [
      'a gap in the numbers',
      text('a {{2}} b', { example: { body_text: [['A']] } }),
      'body.components.0.text',
    ],
    ['no examples', text('a {{1}} b'), 'body.components.0.example.body_text'],
    ['no example of a name', text('a {{who}} b'), 'body.components.0.example.body_text_named_params'],
    [
      'a header without its file',
      { components: [{ type: 'HEADER', format: 'IMAGE' }, body] },
      'body.components.0.example.header_handle',
    ],
    [
      'a long button',
      buttons({ type: 'QUICK_REPLY', text: 'x'.repeat(26) }),
      'body.components.1.buttons.0.text',
    ],
    [
      'two phone numbers',
      buttons(
        { type: 'PHONE_NUMBER', text: 'Call', phone_number: '1' },
        { type: 'PHONE_NUMBER', text: 'Call', phone_number: '2' },
      ),
      'body.components.1.buttons',
    ],
    ['languages of a text of ours', { language: undefined, languages: ['en', 'fr'] }, 'body.languages'],
    ['a life beyond the category', { ttlSeconds: 50_000 }, 'body.ttlSeconds'],
    [
      'zero tap without its terms',
      otp({ otp_type: 'zero_tap' }),
      'body.components.1.buttons.0.zero_tap_terms_accepted',
    ],
    [
      'a hash that is none',
      otp({
        otp_type: 'one_tap',
        supported_apps: [{ package_name: 'com.example.app', signature_hash: 'x' }],
      }),
      'body.components.1.buttons.0.supported_apps.0.signature_hash',
    ],
  ])('%s', async (_what, change, path) => {
    const answer = await make(await hermod.register(), { ...parcel, session: 'sandbox', ...change })
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
    expect(answer.body.details.map((one: { path: string }) => one.path)).toContain(path)
  })
})
