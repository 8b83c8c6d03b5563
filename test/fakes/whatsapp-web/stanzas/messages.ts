import { type BinaryNode, getBinaryNodeChildren } from '@whiskeysockets/baileys'
import type { ArrivedMessage } from '../control/ledger.ts'
import { digestOf } from '../control/ledger.ts'
import { kindOf, openMedia } from '../people/content.ts'
import { addressOf, deliver, type LinkedDevice, nameOf, type Person } from '../people/person.ts'
import type { Encrypted } from '../people/signal.ts'
import { bytesOf, childAt, node, nowInSeconds } from '../protocol/nodes.ts'
import { isAccepting, type Outcome, type Rule } from '../control/rules.ts'
import type { World } from '../world.ts'
import { askAgain, followWithReceipts } from './receipts.ts'

/** Receives a message from a device: delivers it, acknowledges it, and sends the receipts that follow. */
export async function receiveMessage(world: World, device: LinkedDevice, stanza: BinaryNode): Promise<void> {
  const { connection } = device
  const message = record(world, device, stanza)
  const rule = world.rules.apply({ on: 'send', device: message.device, to: message.to, id: message.id })
  const outcome = rule?.outcome ?? { kind: 'accept' }
  message.isAccepted = isAccepting(outcome)
  if (message.isAccepted) await distribute(world, device, { stanza, message })
  world.timers.after(rule?.delayMs ?? 0, () => conclude(outcome))

  function conclude(end: Outcome): void {
    message.answeredAt = Date.now()
    switch (end.kind) {
      case 'accept':
        message.answer = 'ack'
        for (let time = 0; time < (rule?.acks ?? 1); time += 1) connection?.send(ackOf(stanza))
        return finish(world, { device, message, rule })
      case 'error':
        message.answer = `error ${end.code}`
        return connection?.send(ackOf(stanza, String(end.code)))
      case 'stream-error':
        message.answer = `stream-error ${end.code}`
        connection?.end(end)
        return finish(world, { device, message, rule })
      case 'drop':
        message.answer = 'drop'
        connection?.end(end)
        return finish(world, { device, message, rule })
      case 'silence':
        return finish(world, { device, message, rule })
    }
  }
}

/** An accepted message is followed by receipts, whether or not its sender saw an ack. */
function finish(
  world: World,
  { device, message, rule }: { device: LinkedDevice; message: ArrivedMessage; rule: Rule | null },
): void {
  if (!message.isAccepted || message.digest === null) return
  const plan = { ...world.settings.receipts, ...rule?.receipts }
  followWithReceipts(world, device, { id: message.id, recipient: world.directory.person(message.to), plan })
}

function record(world: World, device: LinkedDevice, stanza: BinaryNode): ArrivedMessage {
  const { id = '', to = '' } = stanza.attrs
  const message: ArrivedMessage = {
    id,
    device: nameOf(device),
    to: world.directory.at(to)?.person.phone ?? to,
    address: to,
    at: Date.now(),
    answer: 'none',
    answeredAt: null,
    isAccepted: false,
    kind: null,
    content: null,
    digest: null,
    media: null,
    deliveredTo: [],
    faults: [],
  }
  world.ledger.messages.push(message)
  return message
}

function ackOf({ attrs }: BinaryNode, error?: string): BinaryNode {
  return node('ack', { class: 'message', id: attrs['id'], from: attrs['to'], t: nowInSeconds(), error })
}

interface Delivery {
  stanza: BinaryNode
  message: ArrivedMessage
}

/** Delivers to each phone and device its own encryption of the message. */
async function distribute(world: World, device: LinkedDevice, { stanza, message }: Delivery): Promise<void> {
  for (const { jid, enc } of encryptions(stanza)) {
    const target = world.directory.at(jid)
    if (!target?.person.isOnWhatsApp) continue
    const linked = target.person.devices.get(target.device)
    if (target.device === 0) await readOnPhone(world, { device, person: target.person, enc, message })
    else if (linked) relay(device, linked, { stanza, enc })
    else continue
    message.deliveredTo.push(`${target.person.phone}:${target.device}`)
  }
}

/** One encryption a recipient, or a single one when the message is for the address of the stanza alone. */
function encryptions(stanza: BinaryNode): { jid: string; enc: BinaryNode }[] {
  const single = childAt(stanza, 'enc')
  if (single) return [{ jid: stanza.attrs['to'] ?? '', enc: single }]
  return getBinaryNodeChildren(childAt(stanza, 'participants'), 'to').flatMap((to) => {
    const enc = childAt(to, 'enc')
    return enc ? [{ jid: to.attrs['jid'] ?? '', enc }] : []
  })
}

/** Decrypts a message on the recipient's phone, which asks for it again when that fails. */
async function readOnPhone(
  world: World,
  {
    device,
    person,
    enc,
    message,
  }: { device: LinkedDevice; person: Person; enc: BinaryNode; message: ArrivedMessage },
): Promise<void> {
  try {
    const sender = addressOf(device.owner, 'lid', device.id)
    const read = await person.signal.decrypt(sender, encryptedIn(enc))
    // The owner's own phone gets a copy, which says for whom the message is. The ledger keeps what contacts read.
    if (read.deviceSentMessage && person.phone !== message.to) return
    const shown = read.deviceSentMessage?.message ?? read
    const content = JSON.parse(JSON.stringify(shown))
    message.content = content
    message.kind = kindOf(content)
    message.digest = digestOf(content)
    message.media = openMedia(shown, world.media)
  } catch (fault) {
    message.faults.push(`${person.phone}: ${String(fault)}`)
    askAgain(world, device, { person, id: message.id })
  }
}

function encryptedIn(enc: BinaryNode): Encrypted {
  return { type: enc.attrs['type'] === 'pkmsg' ? 'pkmsg' : 'msg', ciphertext: bytesOf(enc) }
}

/** Passes a message on to a linked device of the recipient, or of the sender. */
function relay(
  from: LinkedDevice,
  to: LinkedDevice,
  { stanza, enc }: { stanza: BinaryNode; enc: BinaryNode },
) {
  const identity = childAt(stanza, 'device-identity')
  deliver(
    to,
    node(
      'message',
      {
        from: addressOf(from.owner, 'pn', from.id),
        recipient: from.owner === to.owner ? stanza.attrs['to'] : undefined,
        id: stanza.attrs['id'],
        t: nowInSeconds(),
        type: stanza.attrs['type'],
        notify: from.owner.name,
        sender_lid: addressOf(from.owner, 'lid', from.id),
      },
      [enc, ...(identity ? [identity] : [])],
    ),
  )
}
