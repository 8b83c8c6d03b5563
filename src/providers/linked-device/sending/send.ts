import type { proto, WASocket } from '@whiskeysockets/baileys'
import { wait } from '../../../kit/concurrency/wait.ts'
import { within } from '../../../kit/concurrency/within.ts'
import type { ConnectionPorts, OutboundMessage, SendOutcome } from '../../contract.ts'
import type { AckBook } from './ack-book.ts'
import { ComposeError, type Composer } from './composer.ts'
import { outcomeOfAck, refused } from '../protocol/acks.ts'
import { externalIdOf } from '../protocol/message-id.ts'
import { jidOf } from '../protocol/jid.ts'
import type { Reachability } from './reachable.ts'

/** The parts of a connection that a send goes through. */
export interface SendParts {
  socket: WASocket
  acks: AckBook
  composer: Composer
  reachability: Reachability
  typing: boolean
  timeouts: { sendMs: number; ackMs: number }
  /** Null while messages can be sent; else why not. */
  closed(): string | null
  /** Keeps what goes out, for a phone that asks for it again. */
  onSent(sent: { externalId: string; messageId: string; message: proto.IMessage }): void
  /** No acknowledgement came: the connection may be dead. */
  onSilence(): void
  /** WhatsApp refuses new chats; resolves with how long, in milliseconds. */
  onRestricted(): Promise<number>
  ports: Pick<ConnectionPorts, 'log'>
}

/** A message that is sent again under its id is the same message, so a lost answer need not be waited for long. */
const settleMs = 2_000

/**
 * Hands a message over. The outcome is WhatsApp's acknowledgement, not that its bytes were written. Every attempt of a
 * message carries the same WhatsApp id.
 */
export async function sendMessage(
  parts: SendParts,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const why = signal.aborted ? 'The send was called off before it began' : parts.closed()
  if (why !== null) return refused('connection_failed', why)
  const jid = jidOf(message.to)
  if (jid === null) {
    return refused('invalid_recipient', 'A linked device sends to phone numbers and LIDs only')
  }
  const progress: Progress = { late: false, left: false }
  const outcome = await within(
    parts.timeouts.sendMs,
    prepareAndSend(parts, { message, jid }, progress, signal),
    null,
  )
  if (outcome !== null) return outcome
  progress.late = true
  parts.onSilence()
  return progress.left
    ? { outcome: 'unknown', detail: 'The send took too long', settleMs }
    : refused('connection_failed', 'WhatsApp did not answer in time')
}

/** How far a send has come, and whether its time is over: it must not leave then, because it is tried again. */
interface Progress {
  late: boolean
  left: boolean
}

async function prepareAndSend(
  parts: SendParts,
  { message, jid }: { message: OutboundMessage; jid: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { kind, value } = message.to
  let built: proto.IMessage
  try {
    // Only WhatsApp gives LIDs, so somebody who has one is there.
    if (kind === 'msisdn' && !(await parts.reachability.isOnWhatsApp(value))) {
      return refused('recipient_not_on_whatsapp', `The number ${value} is not on WhatsApp`)
    }
    built = await parts.composer.build(message, jid, signal)
  } catch (error) {
    if (error instanceof ComposeError) return refused(error.code, error.message)
    parts.onSilence()
    return refused('connection_failed', `WhatsApp could not be asked: ${textOf(error)}`)
  }
  if (parts.typing && message.content.type === 'text') await showTyping(parts.socket, jid)
  const closed = progress.late || signal.aborted ? 'The send was called off' : parts.closed()
  if (closed !== null) return refused('connection_failed', closed)
  progress.left = true
  return relay(parts, { message, jid, built }, signal)
}

async function relay(
  parts: SendParts,
  { message, jid, built }: { message: OutboundMessage; jid: string; built: proto.IMessage },
  signal: AbortSignal,
): Promise<SendOutcome> {
  const externalId = externalIdOf(message.id)
  parts.onSent({ externalId, messageId: message.id, message: built })
  const ack = parts.acks.expect(externalId, parts.timeouts.ackMs, signal)
  try {
    await parts.socket.relayMessage(jid, built, { messageId: externalId })
  } catch (error) {
    // It may have left all the same: what an acknowledgement says counts more than the error.
    ack.giveUp()
    const said = await ack.answer
    if (said.kind !== 'ack')
      return { outcome: 'unknown', detail: `The send broke off: ${textOf(error)}`, settleMs }
  }
  const said = await ack.answer
  switch (said.kind) {
    case 'ack':
      return concluded(parts, outcomeOfAck(externalId, said.error))
    case 'silence':
      parts.onSilence()
      return { outcome: 'unknown', detail: 'WhatsApp did not acknowledge the message in time', settleMs }
    case 'ended':
      return { outcome: 'unknown', detail: 'The connection ended before WhatsApp acknowledged it', settleMs }
  }
}

async function concluded(parts: SendParts, outcome: SendOutcome): Promise<SendOutcome> {
  if (outcome.outcome !== 'refused' || outcome.code !== 'new_chats_restricted') return outcome
  return { ...outcome, retryAfterMs: await parts.onRestricted() }
}

/** A person types before they send; the pause is between half a second and one and a half. */
async function showTyping(socket: WASocket, jid: string): Promise<void> {
  try {
    await socket.sendPresenceUpdate('composing', jid)
    await wait(500 + Math.random() * 1_000)
  } catch {
    // It is only for show.
  }
}

/** The words of an error, without what it may carry of keys and texts. */
function textOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'for an unknown reason'
}
