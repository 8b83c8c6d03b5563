import { wait } from '../../../kit/concurrency/wait.ts'

/** The order in which messages of each author arrived, and are handled. */
export interface ArrivalOrder {
  arrived(author: string, id: string): void
  /** Runs an act for a message once those that arrived before it were handled, or it took them too long. */
  inTurn(author: string, id: string, act: () => Promise<void>): Promise<void>
}

/** One that cannot be decrypted holds up those behind it for so long at most. */
const patienceMs = 1_000

/** Two messages that come close together from somebody new are decrypted in any order: the first one waits for a lookup. */
export function createArrivalOrder(): ArrivalOrder {
  const lines = new Map<string, string[]>()
  const passed = new Map<string, AbortController>()

  function leave(author: string, ids: readonly string[]): void {
    const left = (lines.get(author) ?? []).filter((id) => !ids.includes(id))
    if (left.length === 0) lines.delete(author)
    else lines.set(author, left)
    const [next] = left
    if (next !== undefined) passed.get(next)?.abort()
  }

  return {
    arrived(author, id) {
      const line = lines.get(author) ?? []
      if (!line.includes(id)) lines.set(author, [...line, id])
    },
    async inTurn(author, id, act) {
      const before = (lines.get(author) ?? []).indexOf(id)
      if (before > 0) {
        const turn = new AbortController()
        passed.set(id, turn)
        await wait(patienceMs, turn.signal)
        passed.delete(id)
        // Those before it that did not come are not waited for any more.
        const line = lines.get(author) ?? []
        const late = line.slice(0, Math.max(0, line.indexOf(id)))
        leave(
          author,
          late.filter((one) => !passed.has(one)),
        )
      }
      try {
        await act()
      } finally {
        leave(author, [id])
      }
    },
  }
}
