import type { Address } from '../../../domain/messages/address.ts'

/** WhatsApp's name of an address that a linked device can write to; null for the others. */
export function jidOf({ kind, value }: Address): string | null {
  switch (kind) {
    case 'msisdn':
      return `${value}@s.whatsapp.net`
    case 'lid':
      return value
    case 'bsuid':
    case 'group':
      return null
  }
}

/** `27821234567:4@s.whatsapp.net` -> `27821234567`. */
export function userOf(jid: string): string {
  return jid.split('@')[0]?.split(':')[0]?.split('_')[0] ?? ''
}
