import type { Readable } from 'node:stream'

/**
 * Gives up a stream whose bytes nobody wants. The body of an answer that is given up emits an error, which would end the
 * process if nobody listened.
 */
export function discard(stream: Readable): void {
  stream.on('error', () => undefined).destroy()
}
