import { jidDecode } from '@whiskeysockets/baileys'
import { createPerson, type LinkedDevice, type Person } from './person.ts'

/** All people of the fake. A person is created when its number is first used. */
export interface Directory {
  /** By E.164 digits, with or without a plus. */
  person(phone: string): Person
  /** By an address, of a phone number or a LID, with or without a device; null for groups and the like. */
  at(jid: string): { person: Person; device: number } | null
  /** By `phone:id`, or by the phone alone when one device is meant. Throws when there is none, or several. */
  device(name: string): LinkedDevice
  devices(): LinkedDevice[]
  setOnWhatsApp(phone: string, isOnWhatsApp: boolean): void
}

export function createDirectory(notOnWhatsApp: readonly string[]): Directory {
  const byPhone = new Map<string, Person>()
  const byLid = new Map<string, Person>()
  const absent = new Set(notOnWhatsApp.map(digits))

  function person(phone: string): Person {
    const key = digits(phone)
    const found = byPhone.get(key)
    if (found) return found
    const created = createPerson(key, !absent.has(key))
    byPhone.set(key, created)
    byLid.set(created.lid, created)
    return created
  }

  return {
    person,
    at(jid) {
      const address = jidDecode(jid)
      const found = address?.server === 'lid' ? byLid.get(address.user) : undefined
      const owner = address?.server === 's.whatsapp.net' ? person(address.user) : found
      return owner && address ? { person: owner, device: address.device ?? 0 } : null
    },
    device(name) {
      const [phone = '', id] = name.replace(/@.*/, '').split(':')
      const devices = [...person(phone).devices.values()].filter(
        (one) => id === undefined || one.id === Number(id),
      )
      const [device] = devices
      if (!device || devices.length > 1) throw new Error(`${devices.length} devices are called ${name}`)
      return device
    },
    devices: () => [...byPhone.values()].flatMap((one) => [...one.devices.values()]),
    setOnWhatsApp: (phone, isOnWhatsApp) => void (person(phone).isOnWhatsApp = isOnWhatsApp),
  }
}

function digits(phone: string): string {
  return phone.replace(/^\+/, '')
}
