import { ConfigError } from '../config/env.ts'
import { StartError } from '../kit/start-error.ts'

/**
 * Runs a program around `start` until one of the signals comes, then stops it and exits: with 0, or with 1 and the
 * reason on standard error when it could not start or stop.
 */
export async function runUntilStopped(
  start: (stopping: AbortSignal) => Promise<{ stop(): Promise<void> }>,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'],
): Promise<never> {
  const stopping = new AbortController()
  // Not `once`: npm passes on the Ctrl-C that the terminal sent us already, and the second must not cut the drain.
  for (const name of signals) process.on(name, () => stopping.abort())
  try {
    const program = await start(stopping.signal)
    await fired(stopping.signal)
    await program.stop()
  } catch (error) {
    if (!stopping.signal.aborted) return exitWith(error)
  }
  process.exit(0)
}

function exitWith(error: unknown): never {
  // An error that the operator can mend needs no stack.
  const expected = error instanceof ConfigError || error instanceof StartError
  const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : error
  process.stderr.write(`${String(text)}\n`)
  process.exit(1)
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
