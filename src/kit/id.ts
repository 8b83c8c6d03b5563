import { createHash } from 'node:crypto'
import { uuidv7 } from 'uuidv7'

/** A new UUIDv7: sorts by time, and within this process by the order of calls. */
export function newId(): string {
  return uuidv7()
}

/** The UUIDv7 of an instant and a text: the same for the same, so that what is written twice is one row. */
export function idFrom(at: Date, seed: string): string {
  const hash = createHash('sha256').update(seed).digest('hex')
  const variant = '89ab'.charAt(parseInt(hash.charAt(3), 16) % 4)
  const [start = '', middle = ''] = idFloor(at).split('-')
  return `${start}-${middle}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`
}

/** The earliest UUIDv7 of an instant, to turn a time range into an id range. */
export function idFloor(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** The instant of a UUIDv7. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16))
}

/** The first id that sorts behind another. */
export function idBehind(id: string): string {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) + 1n).toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** True for any UUID in its usual text form. */
export function isUuid(text: string): boolean {
  return uuid.test(text)
}

/** Crockford's base 32: without I, L, O and U, which are easily misread. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ulidLength = 26

/** A UUID as a ULID: the same 128 bits in Crockford's base 32. */
export function ulidOf(uuid: string): string {
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let place = 0; place < ulidLength; place += 1) {
    text = alphabet.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

/** The UUID behind a ULID, in capital or small letters; null for what is none. */
export function uuidOfUlid(ulid: string): string | null {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(ulid)) return null
  const value = Array.from(ulid.toUpperCase()).reduce(
    (sum, one) => sum * 32n + BigInt(alphabet.indexOf(one)),
    0n,
  )
  return value
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
