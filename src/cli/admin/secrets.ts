import {
  addSecretsKey,
  dropOldSecretsKeys,
  readSecretsFile,
  secretsFileIn,
} from '../../config/secrets-file.ts'
import type { Context } from '../../context.ts'
import { createEncrypter } from '../../kit/crypto/encrypter.ts'
import { reencryptSecrets, type ReencryptCount } from '../../services/operations/reencrypt.ts'
import { table, wordsOf, type Command, type Report } from './command.ts'

export const secretsCommands: Command[] = [
  {
    name: 'secrets rotate',
    usage: '',
    summary:
      'Encrypts every secret in the database anew with the newest key. Safe to run at any time, and again.',
    async run(ctx, input) {
      wordsOf(input)
      const keys = ctx.config.secretsInFile ? keysOfFile(ctx) : ctx.config.secretsKeys
      const counts = await reencryptSecrets(ctx, createEncrypter(keys))
      return reportOn(counts, adviceFor(ctx, keys.length, counts))
    },
  },
  {
    name: 'secrets drop-old',
    usage: '',
    summary: 'On the embedded default: forgets the older keys, if nothing is encrypted with them any more.',
    async run(ctx, input) {
      wordsOf(input)
      if (!ctx.config.secretsInFile) {
        return {
          ...plain('SECRETS_KEY is yours: take the older keys out of it and restart.'),
          incomplete: true,
        }
      }
      const counts = await reencryptSecrets(ctx)
      if (
        counts.some(({ reencrypted, changed, unreadable }) => reencrypted + changed + unreadable.length > 0)
      ) {
        const text =
          'Nothing was dropped: some secrets were encrypted with an older key just now, so a process runs that was not ' +
          'restarted since the rotation, or no key opens them. Restart every process, then run this again.'
        return { ...reportOn(counts, text), incomplete: true }
      }
      dropOldSecretsKeys(ctx.config.dataDir)
      return reportOn(counts, `${secretsFileIn(ctx.config.dataDir)} holds the newest key alone. Back it up.`)
    },
  },
]

/** A rotation that is under way goes on; else a new one begins. */
function keysOfFile(ctx: Context): Buffer[] {
  const keys = readSecretsFile(ctx.config.dataDir)
  return keys.length > 1 ? keys : addSecretsKey(ctx.config.dataDir)
}

function adviceFor(ctx: Context, keys: number, counts: ReencryptCount[]): string {
  const sum = (of: (count: ReencryptCount) => number) => counts.reduce((total, count) => total + of(count), 0)
  if (sum(({ unreadable }) => unreadable.length) > 0) {
    return 'Some secrets are opened by none of the keys: their owners have to save them again. Keep every key you have.'
  }
  if (sum(({ changed }) => changed) > 0) {
    return 'Some were saved meanwhile: run this again.'
  }
  if (keys === 1) {
    return 'SECRETS_KEY holds one key. To rotate, put a new one before it (SECRETS_KEY=new,old), restart every process, and run this again.'
  }
  const again =
    'Everything is encrypted with the newest key. Restart every process that still runs with the older key alone, and run this again: '
  return ctx.config.secretsInFile
    ? `${again}when it finds nothing to do, drop the older key with: npm run admin -- secrets drop-old`
    : `${again}when it finds nothing to do, the older keys can be dropped from SECRETS_KEY.`
}

function reportOn(counts: ReencryptCount[], advice: string): Report {
  const rows = counts.map(({ kind, reencrypted, current, changed, unreadable }) => [
    kind,
    ...[reencrypted, current, changed, unreadable.length].map(String),
  ])
  const lost = counts.flatMap(({ kind, unreadable }) => unreadable.map((id) => `No key opens: ${kind} ${id}`))
  return {
    data: { counts, advice },
    lines: [...table(['what', 'reencrypted', 'already', 'changed', 'unreadable'], rows), ...lost, '', advice],
    incomplete: lost.length > 0,
  }
}

function plain(text: string): Report {
  return { data: { advice: text }, lines: [text] }
}
