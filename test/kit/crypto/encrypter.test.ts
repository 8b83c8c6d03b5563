import { expect, test } from 'vitest'
import { createEncrypter } from '../../../src/kit/crypto/encrypter.ts'

const oldKey = Buffer.alloc(32, 1)
const newKey = Buffer.alloc(32, 2)
const clear = 'EAAG-a-token-with-ünïcode'

test('what was encrypted opens for its purpose, and never looks the same twice', () => {
  const encrypter = createEncrypter([oldKey])
  const [one, other] = [encrypter.encrypt(clear, 'session:1'), encrypter.encrypt(clear, 'session:1')]
  expect(one).not.toBe(other)
  expect(one).not.toContain('EAAG')
  expect([one, other].map((encrypted) => encrypter.decrypt(encrypted, 'session:1'))).toEqual([clear, clear])
})

test('after a rotation the old key still opens, and the new one encrypts', () => {
  const before = createEncrypter([oldKey]).encrypt(clear, 'session:1')
  const rotated = createEncrypter([newKey, oldKey])
  expect(rotated.decrypt(before, 'session:1')).toBe(clear)
  expect(rotated.isCurrent(before)).toBe(false)
  const after = rotated.encrypt(clear, 'session:1')
  expect(rotated.isCurrent(after)).toBe(true)
  expect(createEncrypter([newKey]).decrypt(after, 'session:1')).toBe(clear)
})

test('without the key that encrypted it nothing opens', () => {
  const encrypted = createEncrypter([oldKey]).encrypt(clear, 'session:1')
  expect(() => createEncrypter([newKey]).decrypt(encrypted, 'session:1')).toThrow('SECRETS_KEY')
})

test('a secret that was moved to another place does not open', () => {
  const encrypter = createEncrypter([oldKey])
  const encrypted = encrypter.encrypt(clear, 'session:1')
  for (const purpose of ['session:2', 'webhook:1', ''])
    expect(() => encrypter.decrypt(encrypted, purpose)).toThrow(/authenticate/)
})

test('every changed character is noticed', () => {
  const encrypter = createEncrypter([oldKey])
  const encrypted = encrypter.encrypt('token', 'session:1')
  const [version = '', id = '', nonce = '', body = ''] = encrypted.split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8((changed[index] ?? 0) ^ 1, index)
    const text = [version, id, nonce, changed.toString('base64url')].join('.')
    expect(() => encrypter.decrypt(text, 'session:1')).toThrow(/authenticate/)
  }
  const otherNonce = Buffer.alloc(12).toString('base64url')
  expect(() => encrypter.decrypt([version, id, otherNonce, body].join('.'), 'session:1')).toThrow(
    /authenticate/,
  )
})

test('a tag that was cut short is refused, for it would be easier to forge', () => {
  const encrypter = createEncrypter([oldKey])
  const [version, id, nonce, tag = ''] = encrypter.encrypt('', 'p').split('.')
  expect(encrypter.decrypt([version, id, nonce, tag].join('.'), 'p')).toBe('')
  for (const bytes of [4, 8, 12, 15]) {
    const short = Buffer.from(tag, 'base64url').subarray(0, bytes).toString('base64url')
    expect(() => encrypter.decrypt([version, id, nonce, short].join('.'), 'p')).toThrow(/tag length/)
  }
})

test.each(['', 'v1', 'v2.a.b.c', 'plain text', 'v1..nonce.body'])('%j is no encrypted secret', (text) => {
  expect(() => createEncrypter([oldKey]).decrypt(text, 'session:1')).toThrow('no key opens this secret')
})

test('a encrypter without a key is refused', () => {
  expect(() => createEncrypter([])).toThrow('at least one key')
})
