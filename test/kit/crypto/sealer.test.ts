import { expect, test } from 'vitest'
import { createSealer } from '../../../src/kit/crypto/sealer.ts'

const oldKey = Buffer.alloc(32, 1)
const newKey = Buffer.alloc(32, 2)
const clear = 'EAAG-a-token-with-ünïcode'

test('what was sealed opens for its purpose, and never looks the same twice', () => {
  const sealer = createSealer([oldKey])
  const [one, other] = [sealer.seal(clear, 'session:1'), sealer.seal(clear, 'session:1')]
  expect(one).not.toBe(other)
  expect(one).not.toContain('EAAG')
  expect([one, other].map((sealed) => sealer.open(sealed, 'session:1'))).toEqual([clear, clear])
})

test('after a rotation the old key still opens, and the new one seals', () => {
  const before = createSealer([oldKey]).seal(clear, 'session:1')
  const rotated = createSealer([newKey, oldKey])
  expect(rotated.open(before, 'session:1')).toBe(clear)
  expect(rotated.isCurrent(before)).toBe(false)
  const after = rotated.seal(clear, 'session:1')
  expect(rotated.isCurrent(after)).toBe(true)
  expect(createSealer([newKey]).open(after, 'session:1')).toBe(clear)
})

test('without the key that sealed it nothing opens', () => {
  const sealed = createSealer([oldKey]).seal(clear, 'session:1')
  expect(() => createSealer([newKey]).open(sealed, 'session:1')).toThrow('SECRETS_KEY')
})

test('a secret that was moved to another place does not open', () => {
  const sealer = createSealer([oldKey])
  const sealed = sealer.seal(clear, 'session:1')
  for (const purpose of ['session:2', 'webhook:1', ''])
    expect(() => sealer.open(sealed, purpose)).toThrow(/authenticate/)
})

test('every changed character is noticed', () => {
  const sealer = createSealer([oldKey])
  const sealed = sealer.seal('token', 'session:1')
  const [version = '', id = '', nonce = '', body = ''] = sealed.split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8((changed[index] ?? 0) ^ 1, index)
    const text = [version, id, nonce, changed.toString('base64url')].join('.')
    expect(() => sealer.open(text, 'session:1')).toThrow(/authenticate/)
  }
  const otherNonce = Buffer.alloc(12).toString('base64url')
  expect(() => sealer.open([version, id, otherNonce, body].join('.'), 'session:1')).toThrow(/authenticate/)
})

test('a tag that was cut short is refused, for it would be easier to forge', () => {
  const sealer = createSealer([oldKey])
  const [version, id, nonce, tag = ''] = sealer.seal('', 'p').split('.')
  expect(sealer.open([version, id, nonce, tag].join('.'), 'p')).toBe('')
  for (const bytes of [4, 8, 12, 15]) {
    const short = Buffer.from(tag, 'base64url').subarray(0, bytes).toString('base64url')
    expect(() => sealer.open([version, id, nonce, short].join('.'), 'p')).toThrow(/tag length/)
  }
})

test.each(['', 'v1', 'v2.a.b.c', 'plain text', 'v1..nonce.body'])('%j is no sealed secret', (text) => {
  expect(() => createSealer([oldKey]).open(text, 'session:1')).toThrow('no key opens this secret')
})

test('a sealer without a key is refused', () => {
  expect(() => createSealer([])).toThrow('at least one key')
})
