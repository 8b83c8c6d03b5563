import { sha256 } from '../../../kit/crypto/hash.ts'
import type { MessageIdRange } from '../../contract.ts'

// WhatsApp Web's message ids are `3EB0` and 18 hexadecimal digits. Ours look the same: ten digits are the time in our
// UUIDv7, eight a digest of all of it. So every attempt of a message has the same id, and from an id that a receipt
// names our message is found by its primary key, although the receipt may beat the write that records the id.

const prefix = '3EB0'
const pattern = /^3EB0([0-9A-F]{10})([0-9A-F]{8})$/

/** The WhatsApp message id of one of our messages. */
export function externalIdOf(messageId: string): string {
  const time = messageId.replaceAll('-', '').slice(2, 12)
  return prefix + (time + digestOf(messageId)).toUpperCase()
}

/** Where the message stands that has this WhatsApp message id; null when no message of ours can have it. */
export function messageIdsOf(externalId: string): MessageIdRange | null {
  const [, time, digest] = pattern.exec(externalId) ?? []
  if (time === undefined || digest === undefined) return null
  // The first byte of a UUIDv7 is 01 until the year 4191.
  const hex = `01${time.toLowerCase()}`
  const start = `${hex.slice(0, 8)}-${hex.slice(8)}`
  return {
    from: `${start}-0000-0000-000000000000`,
    to: `${start}-ffff-ffff-ffffffffffff`,
    isIt: (id) => digestOf(id) === digest.toLowerCase(),
  }
}

function digestOf(messageId: string): string {
  return sha256(messageId).toString('hex').slice(0, 8)
}
