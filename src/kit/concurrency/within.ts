import { wait } from './wait.ts'

/** The result of some work, or `late` when it takes longer than `ms`. The work itself goes on. Rejects as it does. */
export async function within<Value, Late>(
  ms: number,
  work: Promise<Value>,
  late: Late,
): Promise<Value | Late> {
  const done = new AbortController()
  try {
    return await Promise.race([work, wait(ms, done.signal).then(() => late)])
  } finally {
    done.abort()
  }
}
