import { createPublicKey, verify } from 'node:crypto'

/**
 * Verifies a signature that was made with an X25519 key (XEdDSA, signal.org/docs/specifications/xeddsa): the key
 * is turned into the Ed25519 key with the same secret, whose sign the signature carries in its last bit.
 * The library's own `Curve.verify` accepts any signature of 64 bytes.
 */
export function verifyXeddsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const given = Buffer.from(signature)
  const sign = given.readUInt8(63) & 0x80
  given.writeUInt8(given.readUInt8(63) & 0x7f, 63)
  // Signal's public keys have a byte for their type in front.
  const point = edwardsPoint(publicKey.subarray(-32))
  point.writeUInt8(point.readUInt8(31) | sign, 31)
  const key = createPublicKey({ key: Buffer.concat([derPrefix, point]), format: 'der', type: 'spki' })
  return verify(null, message, key, given)
}

/** The bytes before the 32 of an Ed25519 public key in DER. */
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex')

const prime = 2n ** 255n - 19n

/** The y-coordinate on the Edwards curve of a point on the Montgomery curve: (u - 1) / (u + 1). */
function edwardsPoint(montgomery: Uint8Array): Buffer {
  const u = BigInt(`0x${Buffer.from(montgomery).reverse().toString('hex')}`) % 2n ** 255n
  const y = modulo((u - 1n) * power(u + 1n, prime - 2n))
  return Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let factor = modulo(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modulo(result * factor)
    factor = modulo(factor * factor)
  }
  return result
}

function modulo(value: bigint): bigint {
  return ((value % prime) + prime) % prime
}
