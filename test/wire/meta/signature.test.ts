import { expect, test } from 'vitest'
import { signatureHeader, signCallback, verifyCallback } from '../../../src/wire/meta/signature.ts'

const body = Buffer.from('{"object":"whatsapp_business_account","name":"\\u00e6"}')
const signed = (value: string | string[] | undefined) => ({ [signatureHeader]: value })

test('the signature is HMAC-SHA256 in hex, as RFC 4231 computes it', () => {
  // RFC 4231, test case 2.
  expect(signCallback(Buffer.from('what do ya want for nothing?'), 'Jefe')).toBe(
    'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('a callback signed with the app secret is proven', () => {
  expect(verifyCallback(body, signed(signCallback(body, 'secret')), 'secret')).toBe(true)
  const upper = signCallback(body, 'secret').toUpperCase().replace('SHA256', 'sha256')
  expect(verifyCallback(body, signed(upper), 'secret')).toBe(true)
})

const good = signCallback(body, 'secret')
test.each([
  ['another secret', signCallback(body, 'other'), 'secret'],
  ['another body', signCallback(Buffer.from('{}'), 'secret'), 'secret'],
  ['no signature', undefined, 'secret'],
  ['an empty signature', '', 'secret'],
  ['a bare digest', good.slice('sha256='.length), 'secret'],
  ['a short digest', good.slice(0, -2), 'secret'],
  ['a long digest', `${good}00`, 'secret'],
  ['another algorithm', good.replace('sha256', 'sha1'), 'secret'],
  ['two signatures', [good, good], 'secret'],
  ['an empty secret', signCallback(body, ''), ''],
])('a callback with %s is not', (_name, header, secret) => {
  expect(verifyCallback(body, signed(header), secret)).toBe(false)
})

test('a body that was parsed and written again is not the body that was signed', () => {
  const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())))
  expect(verifyCallback(rewritten, signed(good), 'secret')).toBe(false)
})
