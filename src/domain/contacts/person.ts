import { addressFrom } from '../messages/address.ts'
import { formsOf } from './number-forms.ts'

/** A person as a provider knows them. Null: it did not say. */
export interface KnownPerson {
  /** The number that their account was made with (Meta: wa_id). */
  address: string | null
  userId: string | null
}

/** Two addresses of one person: one that may be used, and the one that the provider knows them by. */
export interface AddressPair {
  address: string
  canonical: string
}

/** The facts that a provider reports of the person behind an address that was used: pairs of addresses that are not the same. */
export function pairsOf(used: string, { address, userId }: KnownPerson): AddressPair[] {
  const canonical = address ?? used
  return [used, userId].flatMap((one) =>
    one === null || one === canonical || [one, canonical].some(isGroup) ? [] : [{ address: one, canonical }],
  )
}

function isGroup(value: string): boolean {
  return addressFrom(value).kind === 'group'
}

/** The addresses under which a person may be found who is asked for under this one, itself first. */
export function candidatesOf(address: string): string[] {
  return [address, ...formsOf(address)]
}
