import { setTimeout as sleep } from 'node:timers/promises'

/** Asks every `everyMs` until the answer is not null. Throws after `timeoutMs`, naming what never came. */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | null> | T | null,
  { timeoutMs, everyMs = 25 }: { timeoutMs: number; everyMs?: number },
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await sleep(everyMs)
  }
}
