import type { BinaryNode } from '@whiskeysockets/baileys'

/** The result of waiting for an acknowledgement. */
export type AckAnswer =
  /** `error`: WhatsApp's code; null: it took the message. */
  { kind: 'ack'; error: string | null } | { kind: 'silence' } | { kind: 'ended' }

export interface ExpectedAck {
  answer: Promise<AckAnswer>
  /** Stops to wait. */
  giveUp(): void
}

/** The acknowledgements that are waited for. */
export interface AckBook {
  expect(externalId: string, timeoutMs: number, signal: AbortSignal): ExpectedAck
  receive(node: BinaryNode): void
  /** The connection is over: nothing comes any more. */
  endAll(): void
  /** Resolves when none is waited for. */
  idle(): Promise<void>
}

/** The library reports only those acknowledgements that carry an error, so this reads the stanzas. */
export function createAckBook(): AckBook {
  const waiting = new Map<string, Set<(answer: AckAnswer) => void>>()
  let onIdle: (() => void)[] = []

  return {
    expect(externalId, timeoutMs, signal) {
      let settle: (answer: AckAnswer) => void = () => undefined
      const answer = new Promise<AckAnswer>((resolve) => {
        settle = (said) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          const all = waiting.get(externalId)
          all?.delete(settle)
          if (all?.size === 0) waiting.delete(externalId)
          resolve(said)
          if (waiting.size > 0) return
          for (const done of onIdle) done()
          onIdle = []
        }
      })
      const end = (): void => settle({ kind: 'ended' })
      const timer = setTimeout(() => settle({ kind: 'silence' }), timeoutMs)
      signal.addEventListener('abort', end, { once: true })
      waiting.set(externalId, (waiting.get(externalId) ?? new Set()).add(settle))
      return { answer, giveUp: end }
    },
    receive({ attrs }) {
      for (const settle of waiting.get(attrs['id'] ?? '') ?? [])
        settle({ kind: 'ack', error: attrs['error'] ?? null })
    },
    endAll() {
      for (const all of waiting.values()) for (const settle of all) settle({ kind: 'ended' })
    },
    idle: () => (waiting.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  }
}
