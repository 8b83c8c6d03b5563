import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectInvalid, expectRefusal, type ExpectedRefusal } from '../../support/refusal.ts'
import { startTestService, type CallOptions, type TestService } from '../../support/service.ts'

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  // With a sender, so that whatever slips through is sent.
  key = await hermod.connect()
})
afterAll(() => hermod.stop())

const to = '14155552671'
const text = { to, message: 'Hi' }
const template = { name: 'hello_world', language: 'en_US' }
const yearMs = 366 * 24 * 3_600 * 1_000
const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString()
const nested = (depth: number): unknown => (depth === 0 ? 'deep' : { inner: nested(depth - 1) })
const reply = (id: string) => ({ type: 'reply', reply: { id, title: 'Yes' } })
const row = (id: number) => ({ id: String(id), title: 'One' })
const list = (rows: number) => ({
  type: 'list',
  body: { text: 'Choose' },
  action: { button: 'Open', sections: [{ rows: Array.from({ length: rows }, (_, id) => row(id)) }] },
})

/** What is wrong, the body, and the fields that the refusal must name. */
type BadBody = [what: string, body: unknown, ...paths: string[]]

const badSends: BadBody[] = [
  ['an array', [], 'body'],
  ['a string', 'hello', 'body'],
  ['null', null, 'body'],
  ['no body', undefined, 'body'],
  ['a typo that must not send at once', { ...text, send_at: fromNow(60_000) }, 'body.send_at'],
  ['two unknown fields', { ...text, foo: 1, bar: 2 }, 'body.foo', 'body.bar'],

  ['no recipient', { message: 'Hi' }, 'body.to'],
  ['a number as recipient', { ...text, to: 14155552671 }, 'body.to'],
  ['an empty recipient', { ...text, to: '' }, 'body.to'],
  ['words as recipient', { ...text, to: 'my friend' }, 'body.to'],
  ['too few digits', { ...text, to: '12345' }, 'body.to'],
  ['too many digits', { ...text, to: '1'.repeat(30) }, 'body.to'],
  ['a number without its country', { ...text, to: '0151 23456789' }, 'body.to'],
  ['an endless recipient', { ...text, to: '1'.repeat(161) }, 'body.to'],

  ['no content', { to }, 'body.message'],
  ['two contents at once', { ...text, template }, 'body.template'],
  ['a number as text', { to, message: 42 }, 'body.message'],
  ['an empty text', { to, message: '' }, 'body.message'],
  ['a text that is too long', { to, message: 'x'.repeat(4_097) }, 'body.message'],
  ['a null text', { to, message: null }, 'body.message'],

  ['a template without a name', { to, template: { language: 'en_US' } }, 'body.template.name'],
  ['a template with an empty name', { to, template: { ...template, name: '' } }, 'body.template.name'],
  [
    'a template name with blanks',
    { to, template: { ...template, name: 'Hello World' } },
    'body.template.name',
  ],
  ['a bad language', { to, template: { ...template, language: 'english' } }, 'body.template.language'],
  [
    'a component without a kind',
    { to, template: { ...template, components: [{ parameters: [] }] } },
    'body.template.components.0.type',
  ],
  [
    'a parameter without its text',
    { to, template: { ...template, components: [{ type: 'body', parameters: [{ type: 'text' }] }] } },
    'body.template.components.0.parameters.0.text',
  ],

  ['an unknown kind of media', { to, media: { type: 'gif', url: 'https://x.example/a' } }, 'body.media.type'],
  ['media without url and id', { to, media: { type: 'image' } }, 'body.media.url'],
  [
    'media with both url and id',
    { to, media: { type: 'image', url: 'https://x.example/a', mediaId: '1' } },
    'body.media.url',
  ],
  ['media by ftp', { to, media: { type: 'image', url: 'ftp://x.example/a' } }, 'body.media.url'],
  ['media by a local path', { to, media: { type: 'image', url: '/etc/passwd' } }, 'body.media.url'],
  [
    'a captioned sticker',
    { to, media: { type: 'sticker', mediaId: '1', caption: 'x' } },
    'body.media.caption',
  ],
  ['a named image', { to, media: { type: 'image', mediaId: '1', filename: 'x' } }, 'body.media.filename'],
  ['a video as voice note', { to, media: { type: 'video', mediaId: '1', voice: true } }, 'body.media.voice'],

  [
    'buttons without a text',
    { to, interactive: { type: 'button', action: { buttons: [reply('1')] } } },
    'body.interactive.body',
  ],
  [
    'four buttons',
    {
      to,
      interactive: {
        type: 'button',
        body: { text: 'x' },
        action: { buttons: ['1', '2', '3', '4'].map(reply) },
      },
    },
    'body.interactive.action.buttons',
  ],
  ['a list of eleven rows', { to, interactive: list(11) }, 'body.interactive.action.sections.0.rows'],
  ['a reaction to nothing', { to, reaction: { emoji: '👍' } }, 'body.reaction.messageId'],
  ['a latitude beyond the pole', { to, location: { latitude: 91, longitude: 0 } }, 'body.location.latitude'],
  ['a longitude in words', { to, location: { latitude: 0, longitude: 'east' } }, 'body.location.longitude'],
  ['no contact at all', { to, contacts: [] }, 'body.contacts'],
  ['a contact without a name', { to, contacts: [{ name: {} }] }, 'body.contacts.0.name.formatted_name'],

  ['a time in the past', { ...text, sendAt: fromNow(-1_000) }, 'body.sendAt'],
  ['a time beyond a year', { ...text, sendAt: fromNow(yearMs + 60_000) }, 'body.sendAt'],
  ['a time in words', { ...text, sendAt: 'tomorrow' }, 'body.sendAt'],
  ['a time without a zone', { ...text, sendAt: '2099-01-01T00:00:00' }, 'body.sendAt'],
  ['a time that is a number', { ...text, sendAt: 4_070_908_800 }, 'body.sendAt'],
  ['a day that does not exist', { ...text, sendAt: '2027-02-30T00:00:00Z' }, 'body.sendAt'],

  ['a life of no time', { ...text, ttlSeconds: 0 }, 'body.ttlSeconds'],
  ['a negative life', { ...text, ttlSeconds: -5 }, 'body.ttlSeconds'],
  ['half a second of life', { ...text, ttlSeconds: 0.5 }, 'body.ttlSeconds'],
  ['a life in words', { ...text, ttlSeconds: '60' }, 'body.ttlSeconds'],
  ['a life beyond 30 days', { ...text, ttlSeconds: 2_592_001 }, 'body.ttlSeconds'],
  ['an unknown priority', { ...text, priority: 'urgent' }, 'body.priority'],
  ['metadata in words', { ...text, metadata: 'order 1' }, 'body.metadata'],
  ['a list as metadata', { ...text, metadata: [1] }, 'body.metadata'],
  ['huge metadata', { ...text, metadata: { big: 'x'.repeat(17_000) } }, 'body.metadata'],
  ['metadata that is huge in bytes', { ...text, metadata: { big: '😀'.repeat(6_000) } }, 'body.metadata'],
  ['dry_run in words', { ...text, dry_run: 'true' }, 'body.dry_run'],
  ['an empty replyTo', { ...text, replyTo: '' }, 'body.replyTo'],
  ['previewUrl beside a template', { to, template, previewUrl: true }, 'body.previewUrl'],
  ['a number as session', { ...text, session: 7 }, 'body.session'],

  ['a NUL character', { to, message: 'a\0b' }, 'body.message'],
  [
    'a NUL character in metadata',
    { ...text, metadata: { list: [{ note: '\0' }] } },
    'body.metadata.list.note',
  ],
  ['a NUL character in a name', { ...text, metadata: { 'a\0b': 1 } }, 'body.metadata'],
  ['half of a surrogate pair', { to, message: 'x\ud800' }, 'body.message'],
  ['half of a surrogate pair in a name', { ...text, metadata: { '\udc00': 1 } }, 'body.metadata'],
  ['40 levels', { ...text, metadata: nested(40) }, 'body'],
]

describe('a send is refused and the wrong field named, for', () => {
  test.each(badSends)('%s', async (_what, body, ...paths) => {
    expectInvalid(await hermod.call('POST', '/send-message', { key, body }), ...paths)
  })
})

const hugeKey = 'k'.repeat(257)
const badRaws: [what: string, raw: string, refusal: ExpectedRefusal][] = [
  ['half an object', '{"to": "14155552671",', { status: 400, code: 'invalid_json', paths: ['body'] }],
  ['words', 'hello', { status: 400, code: 'invalid_json', paths: ['body'] }],
  ['a form', 'to=14155552671&message=Hi', { status: 400, code: 'invalid_json', paths: ['body'] }],
  [
    'a __proto__ field',
    `{"to":"${to}","message":"Hi","__proto__":{"x":1}}`,
    { status: 400, code: 'validation_failed', paths: ['body'] },
  ],
  [
    'a __proto__ field in metadata',
    `{"to":"${to}","message":"Hi","metadata":{"__proto__":{"admin":true}}}`,
    { status: 400, code: 'validation_failed', paths: ['body.metadata'] },
  ],
  [
    'a constructor field',
    `{"to":"${to}","message":"Hi","constructor":{"prototype":{}}}`,
    { status: 400, code: 'validation_failed', paths: ['body.constructor'] },
  ],
  ['100,000 brackets', '['.repeat(100_000), { status: 400, code: 'invalid_json', paths: ['body'] }],
  [
    '10,000 levels',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    { status: 400, code: 'validation_failed', paths: ['body'] },
  ],
  [
    'an endless name in metadata',
    `{"to":"${to}","message":"Hi","metadata":{"${hugeKey}":1}}`,
    { status: 400, code: 'validation_failed', paths: [`body.metadata.${hugeKey}`] },
  ],
  [
    'a number that is too big to be one',
    `{"to":"${to}","message":"Hi","ttlSeconds":1e999}`,
    { status: 400, code: 'validation_failed', paths: ['body.ttlSeconds'] },
  ],
  [
    'more than a mebibyte',
    JSON.stringify({ to, message: 'x'.repeat(1_100_000) }),
    { status: 413, code: 'payload_too_large' },
  ],
]

test.each(badRaws)('a body that is %s is refused', async (_what, raw, refusal) => {
  expectRefusal(await hermod.call('POST', '/send-message', { key, raw }), refusal)
})

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'nonsense',
])('a body of type %s is refused with 415', async (type) => {
  const raw = JSON.stringify(text)
  const answer = await hermod.call('POST', '/send-message', { key, raw, headers: { 'content-type': type } })
  expectRefusal(answer, { status: 415, code: 'unsupported_media_type' })
})

test('the charset of a JSON body is no reason to refuse it', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  const answer = await hermod.call('POST', '/send-message', {
    key,
    raw: JSON.stringify({ ...text, session: 'sandbox' }),
    headers,
  })
  expect(answer.status).toBe(202)
})

const anyKey = `sk_live_${'0'.repeat(48)}`
const badKeys: [what: string, authorization: string | null, text: RegExp][] = [
  ['no header', null, /Authorization header is missing/],
  ['an empty header', '', /malformed|missing/],
  ['a bare key', anyKey, /malformed.*Bearer/],
  ['another scheme', 'Basic dXNlcjpwYXNz', /malformed.*Bearer/],
  ['a scheme without a key', 'Bearer', /malformed.*Bearer/],
  ['two keys', `Bearer ${anyKey} ${anyKey}`, /malformed.*Bearer/],
  ['a key of another kind', 'Bearer ghp_0123456789', /Invalid API key/],
  ['a key in capitals', `Bearer ${`sk_live_${'A'.repeat(48)}`}`, /Invalid API key/],
  ['a key that is too short', `Bearer sk_live_${'0'.repeat(47)}`, /Invalid API key/],
  ['a key that is too long', `Bearer sk_live_${'0'.repeat(49)}`, /Invalid API key/],
  ['a key that nobody has', `Bearer ${anyKey}`, /Invalid API key/],
]

test.each(badKeys)(
  '%s is refused with 401 and says why, before the body is read',
  async (_what, authorization, says) => {
    const options: CallOptions = { raw: '{', headers: authorization === null ? {} : { authorization } }
    const answer = await hermod.call('POST', '/send-message', options)
    expectRefusal(answer, { status: 401, code: 'invalid_api_key' })
    expect(answer.body.error).toMatch(says)
  },
)

test.each([
  ['an empty key', ''],
  ['a tabulator', 'order\t1'],
  ['a key of 256 characters', 'x'.repeat(256)],
  ['a letter beyond ASCII', 'bestellung-é'],
  ['nothing in quotes', '""'],
])('an Idempotency-Key that is %s is refused', async (_what, idempotencyKey) => {
  const headers = { 'idempotency-key': idempotencyKey }
  const answer = await hermod.call('POST', '/send-message', { key, body: text, headers })
  expectInvalid(answer, 'headers.idempotency-key')
})

const name = 'Ana'
const email = 'ana@example.com'
const url = 'https://example.com/hook'
const credentials = { whatsappAccessToken: 'EAAx', whatsappPhoneNumberId: '1234567890' }

const badCalls: [route: string, what: string, body: unknown, ...paths: string[]][] = [
  ['POST /auth/register', 'nothing', {}, 'body.name', 'body.email'],
  ['POST /auth/register', 'a blank name', { name: ' ', email }, 'body.name'],
  ['POST /auth/register', 'an endless name', { name: 'x'.repeat(201), email }, 'body.name'],
  ['POST /auth/register', 'a name that is a number', { name: 1, email }, 'body.name'],
  ['POST /auth/register', 'no e-mail address', { name, email: 'ana' }, 'body.email'],
  ['POST /auth/register', 'a NUL character', { name: 'A\0', email }, 'body.name'],
  ['POST /auth/register', 'an unknown field', { name, email, plan: 'unlimited' }, 'body.plan'],
  ['PUT /auth/me/webhook', 'nothing', {}, 'body.url'],
  ['PUT /auth/me/webhook', 'a number', { url: 1 }, 'body.url'],
  ['PUT /auth/me/webhook', 'words', { url: 'my server' }, 'body.url'],
  ['PUT /auth/me/webhook', 'an endless URL', { url: `${url}/${'x'.repeat(2_048)}` }, 'body.url'],
  ['PUT /auth/me/webhook', 'an unknown field', { url, secret: 'mine' }, 'body.secret'],
  ['PUT /auth/me/credentials', 'nothing', {}, 'body.whatsappAccessToken', 'body.whatsappPhoneNumberId'],
  [
    'PUT /auth/me/credentials',
    'a phone number instead of its id',
    { ...credentials, whatsappPhoneNumberId: '+1 415 555 2671' },
    'body.whatsappPhoneNumberId',
  ],
  [
    'PUT /auth/me/credentials',
    'a token with a line break',
    { ...credentials, whatsappAccessToken: 'EAA\r\nX: y' },
    'body.whatsappAccessToken',
  ],
  [
    'PUT /auth/me/credentials',
    'a short verify token',
    { ...credentials, whatsappVerifyToken: 'short' },
    'body.whatsappVerifyToken',
  ],
  ['PUT /auth/me/credentials', 'an unknown field', { ...credentials, token: 'x' }, 'body.token'],
]

test.each(badCalls)('%s refuses %s', async (route, _what, body, ...paths) => {
  const [method = '', path = ''] = route.split(' ')
  expectInvalid(await hermod.call(method, path, { key, body }), ...paths)
})

test.each([
  ['status=lost', 'query.status'],
  ['status=', 'query.status'],
  ['limit=0', 'query.limit'],
  ['limit=201', 'query.limit'],
  ['limit=ten', 'query.limit'],
  ['limit=1.5', 'query.limit'],
  ['limit=1&limit=2', 'query.limit'],
  ['page=0', 'query.page'],
  ['page=-1', 'query.page'],
  ['page=99999999999', 'query.page'],
  ['cursor=abc', 'query.cursor'],
  ['batchId=7', 'query.batchId'],
  ['direction=sideways', 'query.direction'],
  ['stauts=failed', 'query.stauts'],
])('GET /messages?%s is refused', async (query, path) => {
  expectInvalid(await hermod.call('GET', `/messages?${query}`, { key }), path)
})

test.each([
  'abc',
  '7',
  '019a9d6e-4f2b-7c1d-9a55',
  'x'.repeat(300),
  '%00',
  "'; drop table messages --",
  '..%2f..%2fetc',
])('GET /messages/%s is refused', async (id) => {
  expectInvalid(await hermod.call('GET', `/messages/${id}`, { key }), 'params.id')
})

test.each([
  ['GET', '/nowhere'],
  ['POST', '/messages/019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59/nowhere'],
  ['GET', `/messages/${'x'.repeat(5_000)}`],
])('%s %s is not found, with a key and without', async (method, route) => {
  const refusal = { status: 404, code: 'not_found' } as const
  expectRefusal(await hermod.call(method, route, { key }), refusal)
  expectRefusal(await hermod.call(method, route), refusal)
})

test.each([
  ['GET', '/send-message', 'POST'],
  ['PUT', '/send-message', 'POST'],
  ['DELETE', '/messages', 'GET, HEAD'],
  ['PATCH', '/auth/me', 'GET, HEAD'],
  ['OPTIONS', '/auth/me', 'GET, HEAD'],
  ['PUT', '/messages/019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', 'DELETE, GET, HEAD'],
])(
  '%s %s is a method that the path does not take: Allow says which it does',
  async (method, route, allow) => {
    const answer = await hermod.call(method, route, { key })
    expectRefusal(answer, { status: 405, code: 'method_not_allowed' })
    expect(answer.headers.get('allow')).toBe(allow)
  },
)

test.each(['/%', '/messages/%E0%A4%A', '/%ff'])(
  'the path %s, which cannot be read, is not found',
  async (path) => {
    expectRefusal(await hermod.call('GET', path, { key }), { status: 404, code: 'not_found' })
  },
)

test('a session that the account does not have is not found', async () => {
  const answer = await hermod.call('POST', '/send-message', { key, body: { ...text, session: 'office' } })
  expectRefusal(answer, { status: 404, code: 'session_not_found' })
})

test('nothing that was refused was stored', async () => {
  const fresh = await hermod.connect()
  for (const [, body] of badSends) await hermod.call('POST', '/send-message', { key: fresh, body })
  const { body } = await hermod.call('GET', '/messages', { key: fresh })
  expect(body).toMatchObject({ data: [], pagination: { total: 0 } })
})
