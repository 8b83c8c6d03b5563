import { z } from 'zod'
import { keyModes, keyScopes, type ApiKey } from '../../domain/accounts/account.ts'
import { createApiKey, endApiKey, findApiKeys } from '../../services/accounts/api-keys.ts'
import { assertAccount } from '../../services/accounts/operate.ts'
import { accountIn, keyLines } from './accounts.ts'
import { table, UsageError, wordsOf, type Command, type Input } from './command.ts'

export const keyCommands: Command[] = [
  {
    name: 'keys list',
    usage: '<account>',
    summary: 'The keys of an account that still let in, without their secrets.',
    async run(ctx, input) {
      const accountId = accountIn(input)
      await assertAccount(ctx, accountId)
      const keys = await findApiKeys(ctx, accountId)
      const headings = ['key', 'shown as', 'mode', 'scopes', 'last used', 'expires', 'name']
      return { data: keys, lines: table(headings, keys.map(cellsOf)) }
    },
  },
  {
    name: 'keys create',
    usage: '<account> [--name <name>] [--mode live|test] [--scope send]... ',
    summary: 'A further key for an account, which is shown once.',
    options: {
      name: { type: 'string' },
      mode: { type: 'string' },
      scope: { type: 'string', multiple: true },
    },
    async run(ctx, input) {
      const accountId = accountIn(input)
      const wanted = keyFrom(input)
      await assertAccount(ctx, accountId)
      const { key, secret } = await createApiKey(ctx, { accountId, ...wanted })
      return { data: { accountId, keyId: key.id, apiKey: secret }, lines: keyLines(secret) }
    },
  },
  {
    name: 'keys revoke',
    usage: '<account> <key>',
    summary: 'Ends a key of an account at once, in every process.',
    async run(ctx, input) {
      const [accountId = '', keyId = ''] = wordsOf(input, '<account>', '<key>')
      await assertAccount(ctx, accountId)
      if (!z.uuid().safeParse(keyId).success) throw new UsageError(`"${keyId}" is no key: see keys list`)
      await endApiKey(ctx, accountId, keyId)
      return { data: { accountId, keyId, revoked: true }, lines: [`Key ${keyId} is revoked.`] }
    },
  },
]

function cellsOf({ id, hint, mode, scopes, lastUsedAt, expiresAt, name }: ApiKey): string[] {
  const day = (at: Date | null, none: string): string => at?.toISOString().slice(0, 16) ?? none
  return [id, hint, mode, scopes.join(','), day(lastUsedAt, 'never'), day(expiresAt, 'never'), name]
}

const keyOptions = z.object({
  name: z.string().trim().min(1).max(200).default('operator'),
  mode: z.enum(keyModes).default('live'),
  scope: z.array(z.enum(keyScopes)).min(1).optional(),
})

function keyFrom(input: Input): Pick<Parameters<typeof createApiKey>[1], 'name' | 'mode' | 'scopes'> {
  const parsed = keyOptions.safeParse(input.options)
  if (!parsed.success) {
    throw new UsageError(`--mode is ${keyModes.join(' or ')}; a --scope is ${keyScopes.join(', ')}`)
  }
  const { name, mode, scope } = parsed.data
  return { name, mode, ...(scope !== undefined && { scopes: scope }) }
}
