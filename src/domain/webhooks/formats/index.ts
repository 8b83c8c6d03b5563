import { connectHub } from './connect-hub.ts'
import { envelope } from './envelope.ts'
import type { DeliveryFormat } from './format.ts'
import { statusQuery } from './status-query.ts'
import { standard } from './standard.ts'

export type { DeliveryFormat } from './format.ts'

/** The formats that webhook endpoints can have, by the name in their rows. */
const formats = {
  standard,
  envelope,
  'connect-hub': connectHub,
  'status-query': statusQuery,
} as const satisfies Record<string, DeliveryFormat>
export type FormatName = keyof typeof formats

/** The formats that an owner may choose and sees; the others belong to one API, which keeps its endpoints to itself. */
export const openFormats = ['standard', 'connect-hub'] as const satisfies FormatName[]

/** The format of an endpoint. A name of another version of this program stands for the standard one. */
export function formatNamed(name: string): DeliveryFormat {
  return Object.entries(formats).find(([one]) => one === name)?.[1] ?? standard
}
