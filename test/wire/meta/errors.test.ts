import { expect, test } from 'vitest'
import { sendErrors, type SendErrorCode } from '../../../src/domain/messages/send-errors.ts'
import { verdictOn } from '../../../src/domain/sessions/breaker.ts'
import { mapCallbackError, mapGraphError } from '../../../src/wire/meta/errors.ts'

function map(error: unknown, httpStatus = 400, headers: Record<string, string> = {}) {
  return mapGraphError({ httpStatus, body: { error }, headers })
}

/** Every code of Meta's page, beside what it means to us. */
const table = {
  auth_failed: [0, 190],
  permission_missing: [3, 10, 200, 201, 250, 299, 131005],
  provider_ambiguous: [1],
  provider_unavailable: [2, 131000, 131016, 133004],
  throttled: [4, 80007, 130429, 131208],
  recipient_throttled: [131056],
  session_maintenance: [131057, 2494100],
  sender_restricted: [131048, 131064],
  marketing_capped: [131049],
  policy_refused: [130472, 130497, 131207, 134011],
  invalid_request: [100, 131008, 131009, 135000],
  recipient_blocked: [130403],
  invalid_recipient: [131020, 131021, 131041, 131212, 131213],
  recipient_unreachable: [131026, 138001, 138003, 138006, 138009, 138012, 138017],
  outside_window: [131047],
  recipient_opted_out: [131050],
  not_supported: [
    1026, 130501, 131051, 131055, 131063, 131211, 131214, 131215, 134100, 134102, 138000, 138013, 138014,
    138015, 138018,
  ],
  media_failed: [131052, 131053],
  account_locked: [368, 131031],
  payment_required: [131042],
  template_invalid: [132000, 132005, 132007, 132012, 132018],
  template_unavailable: [132001, 132015, 132016, 132068, 132069, 134101],
  sender_not_registered: [33, 131037, 131045, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016],
} satisfies Partial<Record<SendErrorCode, readonly number[]>>

const rows = Object.entries(table).flatMap(([code, graphCodes]) =>
  graphCodes.flatMap((graph) => (isCode(code) ? [[graph, code] as const] : [])),
)

function isCode(code: string): code is SendErrorCode {
  return code in sendErrors
}

test.each(rows)('Graph %i is %s, whatever the HTTP status', (graph, code) => {
  for (const httpStatus of [400, 404, 500])
    expect(map({ code: graph, message: 'm' }, httpStatus).code).toBe(code)
})

test.each(rows)('Graph %i is %s in a callback too', (graph, code) => {
  expect(mapCallbackError({ code: graph, title: 't' }).code).toBe(code)
})

test.each<[name: string, error: unknown, httpStatus: number, code: SendErrorCode]>([
  ['the codes beside the range of permissions', { code: 199 }, 400, 'provider_error'],
  ['the codes beyond the range of permissions', { code: 300 }, 400, 'provider_error'],
  ['an unknown code', { code: 999999 }, 400, 'provider_error'],
  ['an unknown code with a 5xx', { code: 999999 }, 503, 'provider_unavailable'],
  [
    'an unknown code that Graph calls transient',
    { code: 999999, is_transient: true },
    400,
    'provider_unavailable',
  ],
  [
    'a known code that Graph calls transient',
    { code: 131026, is_transient: true },
    400,
    'recipient_unreachable',
  ],
  ['no error at all, with a 4xx', undefined, 404, 'provider_error'],
  ['no error at all, with a 5xx', undefined, 502, 'provider_unavailable'],
  ['an error without a code', { message: 'm' }, 400, 'provider_error'],
  ['a wrong phone number id', { code: 100, error_subcode: 33 }, 400, 'permission_missing'],
  ['a bad parameter', { code: 100, error_subcode: 2494010 }, 400, 'invalid_request'],
])('%s is classed', (_name, error, httpStatus, code) => {
  expect(map(error, httpStatus).code).toBe(code)
})

test('the detail is Meta’s message and details, and what Graph said is kept', () => {
  const error = {
    message: '(#130429) Rate limit hit',
    type: 'OAuthException',
    code: 130429,
    error_data: { messaging_product: 'whatsapp', details: 'Cloud API message throughput has been reached.' },
    error_subcode: 2494055,
    fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam',
  }
  expect(map(error)).toEqual({
    code: 'throttled',
    detail: '(#130429) Rate limit hit: Cloud API message throughput has been reached.',
    provider: error,
    words: {
      code: 130429,
      message: '(#130429) Rate limit hit',
      details: 'Cloud API message throughput has been reached.',
      more: { type: 'OAuthException', error_subcode: 2494055, fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam' },
    },
  })
})

test.each([
  [
    'a title and details',
    {
      code: 131049,
      title: 'Not delivered.',
      message: 'Not delivered.',
      error_data: { details: 'In order to maintain…' },
    },
    'Not delivered: In order to maintain…',
  ],
  ['a title alone', { code: 131051, title: 'Message type unknown' }, 'Message type unknown'],
  [
    'a user message',
    { code: 2, message: 'Service unavailable', error_user_msg: 'Try later' },
    'Service unavailable: Try later',
  ],
  ['the same words twice', { code: 2, message: 'Down', error_data: { details: 'Down' } }, 'Down'],
  ['no words', { code: 2 }, 'Graph error 2'],
  ['words that are not words', { code: 2, message: { a: 1 }, error_data: 'x' }, 'Graph error 2'],
])('%s makes a sentence', (_name, error, detail) => {
  expect(mapCallbackError(error).detail).toBe(detail)
})

const usage = (minutes: number) => ({
  'x-business-use-case-usage': JSON.stringify({
    '112130216863063': [
      { type: 'whatsapp', call_count: 100, estimated_time_to_regain_access: 0 },
      { type: 'whatsapp', call_count: 100, estimated_time_to_regain_access: minutes },
    ],
  }),
})

test.each<[name: string, code: number, headers: Record<string, string>, retryAfterMs: number | undefined]>([
  ['no header', 130429, {}, undefined],
  ['Retry-After in seconds', 130429, { 'retry-after': '12' }, 12_000],
  ['Retry-After in the past', 130429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, undefined],
  ['Retry-After of nonsense', 130429, { 'retry-after': 'soon' }, undefined],
  ['Retry-After of a year', 130429, { 'retry-after': '31536000' }, 86_400_000],
  ['the minutes of the usage header', 80007, usage(5), 300_000],
  ['a usage header without a wait', 80007, usage(0), undefined],
  ['a broken usage header', 80007, { 'x-business-use-case-usage': '{' }, undefined],
  ['the longer of two hints', 4, { ...usage(1), 'retry-after': '90' }, 90_000],
  ['usage that is not about this error', 131026, usage(5), undefined],
  ['a wait that Meta documents', 131049, {}, 86_400_000],
  ['a wait for a number just deleted', 133015, {}, 300_000],
])('%s is honoured', (_name, code, headers, retryAfterMs) => {
  expect(map({ code, message: 'm' }, 400, headers).retryAfterMs).toBe(retryAfterMs)
})

test.each([
  'Malformed access token EAAJB9sZCZBw0BO6secretsecret',
  'Error validating Bearer abc.def-ghi secret token',
  'https://graph.facebook.com/v23.0/me?access_token=secretsecret&x=1',
  '{"access_token":"secretsecret"}',
  'app 1234567890123|AbCdEf-secret_secret',
  'the exact one: known-token',
])('credentials are taken out of: %s', (message) => {
  const error = { code: 190, message, nested: [{ deep: message }] }
  const mapped = JSON.stringify(
    mapGraphError({ httpStatus: 401, body: { error }, headers: {} }, ['known-token']),
  )
  expect(mapped).not.toMatch(/EAAJB9|abc\.def|secretsecret|AbCdEf|known-token/)
  expect(mapped).toContain('[redacted]')
})

test('an answer nested without end is kept only as deep as answers are', () => {
  const body: unknown = JSON.parse(`{"error":{"code":1,"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`)
  expect(JSON.stringify(mapGraphError({ httpStatus: 400, body, headers: {} })).length).toBeLessThan(200)
})

/**
 * Every code that is about one message, one recipient, one group or one call, by the README of the samples: it may
 * hold back that recipient, and never the sender. The others are about the number, the business account or the app.
 */
const aboutOneMessage = [
  100, 1026, 130403, 130472, 130497, 130501, 131008, 131009, 131020, 131021, 131026, 131041, 131047, 131049,
  131050, 131051, 131052, 131053, 131055, 131056, 131063, 131201, 131202, 131204, 131207, 131209, 131210,
  131212, 131213, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069, 134011,
  134100, 134101, 134102, 135000, 138001, 138003, 138004, 138006, 138007, 138009, 138012, 138017, 138019,
  138020, 138021, 138022, 138023,
]
/** About the number or the account, and only about its groups, its calls, its moving or its templates. */
const aboutOtherThings = [
  131211, 131214, 131215, 138000, 138013, 138014, 138015, 138018, 200005, 200006, 200007, 1752041, 2388001,
  2388012, 2388019, 2388040, 2388047, 2388072, 2388091, 2388093, 2388103, 2593079, 2593085, 2593107, 2593108,
  2593109,
]

test.each([...aboutOneMessage, ...aboutOtherThings])('Graph %i never holds the sender back', (graph) => {
  for (const { code } of [map({ code: graph }), mapCallbackError({ code: graph })]) {
    expect(['message', 'recipient']).toContain(sendErrors[code].scope)
    expect(verdictOn(code)).not.toBe('failure')
  }
})

test('only these codes hold a sender back or stop it', () => {
  const found = rows.filter(([, code]) => ['session', 'stop'].includes(sendErrors[code].scope))
  expect(found.map(([graph]) => graph).toSorted((a, b) => a - b)).toEqual([
    0, 3, 4, 10, 33, 190, 200, 201, 250, 299, 368, 80007, 130429, 131005, 131031, 131037, 131042, 131045,
    131048, 131057, 131064, 131208, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016, 2494100,
  ])
})
