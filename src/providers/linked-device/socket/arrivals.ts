import type { BinaryNode, proto, WASocket } from '@whiskeysockets/baileys'
import type { InboundEvent } from '../../../domain/provider-event.ts'
import type { ConnectionPorts } from '../../contract.ts'
import type { Library } from '../library.ts'
import { createArrivalOrder } from './arrival-order.ts'
import { mediaType } from '../messages/media.ts'
import { read, type Said } from '../messages/inbound.ts'
import { plainJson } from '../messages/plain-json.ts'
import { userOf } from '../protocol/jid.ts'
import type { DeviceSettings } from '../settings.ts'

/** Decrypted messages that may wait for the end of their handling. */
const pendingMax = 10_000

export interface ArrivalParts {
  library: Library
  socket: WASocket
  settings: DeviceSettings
  ports: Pick<ConnectionPorts, 'storage' | 'onEvents'>
  ownUsers(): ReadonlySet<string>
  /** A contact wrote, so the number is on WhatsApp. */
  onContact(phone: string): void
  /** Nothing may be sent, no receipt either, until the work is done. */
  holdFor(work: Promise<unknown>): void
  /** A message could not be stored: the socket must end before it is confirmed, so that it comes again. */
  onFailure(error: unknown): void
}

/**
 * Takes messages in: as the library has decrypted them, and before it confirms them to the server. The library's own
 * event comes after the confirmation, so that a message could be lost between the two.
 */
export function watchArrivals(parts: ArrivalParts): void {
  const { socket } = parts
  const stanzas = new Map<string, Record<string, string>>()
  const order = createArrivalOrder()
  socket.ws.on('CB:message', ({ attrs }: BinaryNode) => {
    const { id } = attrs
    if (id === undefined) return
    stanzas.set(id, attrs)
    order.arrived(authorOf(attrs), id)
    for (const oldest of stanzas.keys()) {
      if (stanzas.size <= pendingMax) break
      stanzas.delete(oldest)
    }
  })
  const { messageRetryManager: recent } = socket
  if (recent === null) throw new Error('the library does not keep recent messages')
  const remember = recent.addRecentMessage.bind(recent)
  recent.addRecentMessage = (to, id, message) => {
    remember(to, id, message)
    const attrs = stanzas.get(id)
    // Our own messages are remembered here, too.
    if (attrs === undefined) return
    stanzas.delete(id)
    const work = order.inTurn(authorOf(attrs), id, () => take(parts, attrs, id, message))
    parts.holdFor(work)
    work.catch(parts.onFailure)
  }
}

async function take(
  parts: ArrivalParts,
  attrs: Record<string, string>,
  id: string,
  message: proto.IMessage,
): Promise<void> {
  const from = attrs['from'] ?? ''
  const author = authorOf(attrs)
  const isOwn = parts.ownUsers().has(userOf(author))
  if (!isWanted(parts.settings, from, isOwn)) return
  const said = read(parts.library, id, message)
  if (said === null) return
  if (said.media !== null) {
    const value = Buffer.from(JSON.stringify(said.media.place))
    await parts.ports.storage.write([{ type: mediaType, id, value }])
  }
  const people = await peopleOf(parts.socket, attrs, isOwn ? (attrs['recipient'] ?? from) : author)
  if (!isOwn && people.phone !== null) parts.onContact(people.phone)
  const facts = { attrs, id, said, people, message, library: parts.library }
  await parts.ports.onEvents([
    isOwn
      ? {
          kind: 'elsewhere',
          externalId: id,
          to: addressOf(people),
          at: timeOf(attrs),
          type: said.type,
          body: said.body,
        }
      : inboundEvent(facts),
  ])
}

function authorOf(attrs: Record<string, string>): string {
  return attrs['participant'] ?? attrs['from'] ?? ''
}

function isWanted(settings: DeviceSettings, from: string, isOwn: boolean): boolean {
  if (from === 'status@broadcast') return settings.statusUpdates === true && !isOwn
  if (from.endsWith('@g.us')) return settings.groups === true && !isOwn
  if (from.endsWith('@newsletter') || from.endsWith('@broadcast')) return false
  return !isOwn || settings.sentElsewhere === true
}

interface People {
  /** MSISDN digits. */
  phone: string | null
  /** `123456789012345@lid` */
  lid: string | null
}

/** The number, if it is known: to a LID alone an answer finds its way, too. */
function addressOf({ phone, lid }: People): string {
  return phone ?? lid ?? ''
}

function lidOf(jid: string): string {
  return `${userOf(jid)}@lid`
}

/** Somebody is named by phone number or by LID; the other name stands beside it, or in what is known of both. */
async function peopleOf(socket: WASocket, attrs: Record<string, string>, jid: string): Promise<People> {
  if (!jid.endsWith('@lid')) {
    const lid = attrs['participant_lid'] ?? attrs['sender_lid'] ?? attrs['peer_recipient_lid'] ?? null
    return { phone: userOf(jid), lid: lid === null ? null : lidOf(lid) }
  }
  const known =
    attrs['participant_pn'] ??
    attrs['sender_pn'] ??
    attrs['peer_recipient_pn'] ??
    attrs['recipient_pn'] ??
    null
  const phone = known ?? (await socket.signalRepository.lidMapping.getPNForLID(jid).catch(() => null))
  return { phone: phone === null ? null : userOf(phone), lid: lidOf(jid) }
}

function inboundEvent({
  attrs,
  id,
  said,
  people,
  message,
  library,
}: {
  attrs: Record<string, string>
  id: string
  said: Said
  people: People
  message: proto.IMessage
  library: Library
}): InboundEvent {
  const { from = '', participant } = attrs
  const group = participant === undefined ? null : { id: from }
  const { Message } = library.proto
  return {
    kind: 'inbound',
    externalId: id,
    senderId: null,
    from: addressOf(people),
    fromUserId: people.lid,
    profileName: attrs['notify'] ?? null,
    at: timeOf(attrs),
    type: said.type,
    body: said.body,
    content: said.content,
    ...(group !== null && { beside: { group } }),
    replyTo: said.replyTo,
    ...(said.media !== null && {
      media: { id, mimeType: said.media.mimeType, filename: said.media.filename },
    }),
    raw: {
      id,
      from,
      ...(participant !== undefined && { participant }),
      message: plainJson(Message.toObject(Message.fromObject(message), { longs: String })),
    },
  }
}

function timeOf(attrs: Record<string, string>): string {
  const seconds = Number(attrs['t'])
  return (Number.isFinite(seconds) && seconds > 0 ? new Date(seconds * 1_000) : new Date()).toISOString()
}
