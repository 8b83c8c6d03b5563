import type { Context } from '../../context.ts'
import { listEncrypted, type EncryptedKind } from '../../db/stores/operations/encrypted-columns.ts'
import { StartError } from '../../kit/start-error.ts'

const sampleSize = 20
const firstId = '00000000-0000-0000-0000-000000000000'
/** Of the columns that hold one encrypted text each. */
const kinds = ['session credentials', 'webhook secrets', 'device keys'] as const satisfies EncryptedKind[]

/**
 * Looks at some of what is encrypted in the database. Throws `StartError` when none of our keys opens any of it: the
 * service would take messages and could send none. A few texts that no key opens are told when they are needed.
 */
export async function assertSecretsOpen(ctx: Context): Promise<void> {
  const samples = await Promise.all(kinds.map((kind) => listEncrypted(ctx.db, kind, firstId, sampleSize)))
  const texts = samples.flat().map(({ text }) => text)
  if (texts.length === 0 || texts.some((text) => ctx.encrypter.opens(text))) return
  throw new StartError(
    'SECRETS_KEY opens nothing of what this database holds, which was encrypted with another key. Start with that key, ' +
      'or with both, the new one first: SECRETS_KEY=<new>,<old>. Without the old key the credentials are lost: ' +
      'docs/operations.md says how to begin again.',
  )
}
