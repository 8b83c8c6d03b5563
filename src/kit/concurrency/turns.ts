/** Lets other work of the process run in between. */
export interface Turns {
  /** Resolves at once while this turn is short, and else after what waits has run. */
  next(): Promise<void> | undefined
}

/** How long one piece of work may keep the process to itself. */
const turnMs = 3

/** The turns of a long piece of work, which is to ask for the next one after each of its small steps. */
export function createTurns(): Turns {
  let startMs = performance.now()
  return {
    next() {
      if (performance.now() - startMs < turnMs) return undefined
      return new Promise((resolve) => {
        setImmediate(() => {
          startMs = performance.now()
          resolve()
        })
      })
    },
  }
}

/** The JSON of a long list, made in turns. */
export async function stringifyInTurns(items: readonly unknown[]): Promise<string> {
  const turns = createTurns()
  const parts: string[] = []
  for (const item of items) {
    parts.push(JSON.stringify(item))
    await turns.next()
  }
  return `[${parts.join(',')}]`
}
