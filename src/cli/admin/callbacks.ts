import { z } from 'zod'
import { listCallbacks, reprocessCallbacks, type CallbackChoice } from '../../services/callbacks/reprocess.ts'
import { numberFrom, optionOf, table, UsageError, wordsOf, type Command, type Input } from './command.ts'

const choosing = { failed: { type: 'boolean' }, since: { type: 'string' } } as const

export const callbackCommands: Command[] = [
  {
    name: 'callbacks list',
    usage: '[--failed] [--since <time>] [--limit 100]',
    summary: 'Archived callbacks of providers, the oldest first.',
    options: { ...choosing, limit: { type: 'string' } },
    async run(ctx, input) {
      wordsOf(input)
      const limit = numberFrom(optionOf(input, 'limit') ?? '100', '--limit', 1, 1_000)
      const found = await listCallbacks(ctx, choiceFrom(input, null), limit)
      const rows = found.map(({ id, provider, state, attempts, receivedAt, error }) => ({
        callbackId: id,
        provider,
        state,
        attempts,
        receivedAt: receivedAt.toISOString(),
        error,
      }))
      const headings = ['callback', 'provider', 'state', 'attempts', 'received', 'error']
      const cells = rows.map((row) => Object.values(row).map((cell) => String(cell ?? '')))
      return { data: rows, lines: table(headings, cells) }
    },
  },
  {
    name: 'callbacks reprocess',
    usage: '<callback>... | --failed [--since <time>] | --since <time>',
    summary: 'Applies archived callbacks again. What they said before changes nothing.',
    options: choosing,
    async run(ctx, input) {
      const ids = input.words.length === 0 ? null : idsFrom(input.words)
      const choice = choiceFrom(input, ids)
      if (ids === null && !choice.failedOnly && choice.since === null) {
        throw new UsageError('say which: ids, --failed, or --since')
      }
      const { found, applied } = await reprocessCallbacks(ctx, choice)
      return {
        data: { found, applied },
        lines: [`Found ${found}, applied ${applied}${applied < found ? '; the log says why not all' : ''}.`],
        incomplete: applied < found || (ids !== null && found < new Set(ids).size),
      }
    },
  },
]

function idsFrom(words: string[]): string[] {
  const wrong = words.find((word) => !z.uuid().safeParse(word).success)
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no id of a callback`)
  return words
}

function choiceFrom(input: Input, ids: string[] | null): CallbackChoice {
  const since = optionOf(input, 'since')
  const at = since === null ? null : new Date(since)
  if (at !== null && Number.isNaN(at.getTime())) {
    throw new UsageError('--since must be a time such as 2026-03-28T10:00:00Z')
  }
  return { ids, failedOnly: input.options['failed'] === true, since: at }
}
