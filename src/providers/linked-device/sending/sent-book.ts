import type { proto } from '@whiskeysockets/baileys'
import type { ConnectionPorts } from '../../contract.ts'
import { jidOf } from '../protocol/jid.ts'
import type { Composer } from './composer.ts'

const keptMax = { ids: 5_000, contents: 500 }

/** The messages sent lately: for receipts, and for phones that could not decrypt a message and ask for it again. */
export interface SentBook {
  keep(sent: { externalId: string; messageId: string; message: proto.IMessage }): void
  /** Our id of a message by WhatsApp's; null for one that this connection did not send. */
  messageIdOf(externalId: string): string | null
  /** The content of a message that we sent, however long ago; undefined when there is none. */
  contentOf(externalId: string): Promise<proto.IMessage | undefined>
}

export function createSentBook(
  composer: () => Composer,
  ports: Pick<ConnectionPorts, 'findSent' | 'signal'>,
): SentBook {
  const ids = new Map<string, string>()
  const contents = new Map<string, proto.IMessage>()
  return {
    keep({ externalId, messageId, message }) {
      put(ids, externalId, messageId, keptMax.ids)
      put(contents, externalId, message, keptMax.contents)
    },
    messageIdOf: (externalId) => ids.get(externalId) ?? null,
    async contentOf(externalId) {
      const kept = contents.get(externalId)
      if (kept !== undefined) return kept
      const found = await ports.findSent(externalId).catch(() => null)
      const jid = found === null ? null : jidOf(found.to)
      if (found === null || jid === null) return undefined
      return composer()
        .build(found, jid, ports.signal)
        .catch(() => undefined)
    },
  }
}

/** Puts a value in, and lets the oldest go when there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= max) break
    map.delete(oldest)
  }
}
