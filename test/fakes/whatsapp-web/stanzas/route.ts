import type { BinaryNode } from '@whiskeysockets/baileys'
import { acknowledge, type LinkedDevice, nameOf } from '../people/person.ts'
import type { Connection } from '../protocol/connection.ts'
import { sendOffline } from '../protocol/login.ts'
import { childAt } from '../protocol/nodes.ts'
import { finishPairing } from '../protocol/pairing.ts'
import { answerPairingQuery } from '../protocol/pairing-code.ts'
import type { Pairing, StanzaHandler, World } from '../world.ts'
import { receiveMessage } from './messages.ts'
import { answerQuery } from './queries.ts'
import { receiveReceipt } from './receipts.ts'

/** The handlers by tag, for devices that are logged in. All other tags (presence, ...) need no answer. */
const handlers: Record<string, StanzaHandler> = {
  iq: answerQuery,
  message: receiveMessage,
  receipt: receiveReceipt,
  ack: (_world, device, stanza) => acknowledge(device, stanza.attrs['class'] ?? '', stanza.attrs),
  chatstate: (world, device, { attrs, content }) => {
    const [state] = Array.isArray(content) ? content : []
    world.ledger.chatStates.push({
      device: nameOf(device),
      to: attrs['to'] ?? '',
      state: state?.tag ?? '',
      at: Date.now(),
    })
  },
  ib: (_world, device, stanza) => sendOffline(device, stanza),
}

/** Dispatches a stanza of a client. Stanzas that come before the end of the login are ignored. */
export async function routeStanza(world: World, connection: Connection, stanza: BinaryNode): Promise<void> {
  const session = world.sessions.get(connection.id)
  if (session?.kind === 'pairing') return routePairing(world, session.pairing, stanza)
  if (session?.kind !== 'device') return
  if (session.record.replacedBy !== null) {
    session.record.stanzasAfterReplaced += 1
    return
  }
  await routeDevice(world, session.device, stanza)
}

async function routeDevice(world: World, device: LinkedDevice, stanza: BinaryNode): Promise<void> {
  await handlers[stanza.tag]?.(world, device, stanza)
}

function routePairing(world: World, pairing: Pairing, stanza: BinaryNode): void {
  if (stanza.tag !== 'iq') return
  if (childAt(stanza, 'pair-device-sign')) finishPairing(world, pairing)
  else if (stanza.attrs['xmlns'] === 'md') answerPairingQuery(pairing, stanza)
}
