import { unavailable } from '../../db/client.ts'
import { BatcherFullError } from '../../kit/concurrency/batcher.ts'

/** Turns a full batcher into the refusal that its caller sees; passes everything else on. */
export function refuseWhenFull(error: unknown): never {
  throw error instanceof BatcherFullError ? unavailable(error) : error
}
