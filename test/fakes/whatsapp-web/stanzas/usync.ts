import { type BinaryNode, getAllBinaryNodeChildren, getBinaryNodeChildren } from '@whiskeysockets/baileys'
import { addressOf, type Person } from '../people/person.ts'
import { childAt, node, textOf } from '../protocol/nodes.ts'
import type { World } from '../world.ts'

/** Queries about users: whether they are on WhatsApp, which devices they have, and their LIDs. */
export function answerUsync(world: World, query: BinaryNode): BinaryNode[] {
  const usync = childAt(query, 'usync')
  const queryNode = childAt(usync, 'query')
  const asked = queryNode ? getAllBinaryNodeChildren(queryNode).map(({ tag }) => tag) : []
  const users = getBinaryNodeChildren(childAt(usync, 'list'), 'user').flatMap((user) => {
    const jid = user.attrs['jid']
    const phone = textOf(childAt(user, 'contact'))
    const person = jid === undefined ? world.directory.person(phone) : world.directory.at(jid)?.person
    if (!person) return []
    const content = asked.flatMap((protocol) => protocols[protocol]?.(person) ?? [])
    return node('user', { jid: jid ?? addressOf(person, 'pn') }, content)
  })
  return [node('usync', usync?.attrs, [node('result'), node('list', {}, users)])]
}

/** The answer of each protocol for a person; empty when it has none. */
const protocols: Record<string, (person: Person) => BinaryNode[]> = {
  contact: ({ isOnWhatsApp }) => [node('contact', { type: isOnWhatsApp ? 'in' : 'out' })],
  devices: (person) => (person.isOnWhatsApp ? [node('devices', {}, [deviceList(person)])] : []),
  lid: (person) => (person.isOnWhatsApp ? [node('lid', { val: addressOf(person, 'lid') })] : []),
}

/** Device 0 is the phone. Linked devices without a key index would be left out by the library. */
function deviceList({ devices }: Person): BinaryNode {
  const linked = [...devices.keys()].map((id) => node('device', { id: String(id), 'key-index': String(id) }))
  return node('device-list', {}, [node('device', { id: '0' }), ...linked])
}
