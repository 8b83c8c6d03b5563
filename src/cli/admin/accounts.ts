import { z } from 'zod'
import { planNames } from '../../domain/accounts/plan.ts'
import { openAccount } from '../../services/accounts/register.ts'
import { topUpCredits } from '../../services/billing/credits.ts'
import {
  assertAccount,
  assignPlan,
  eraseAccount,
  findAccounts,
  switchAccount,
  type AccountRow,
} from '../../services/accounts/operate.ts'
import { numberFrom, optionOf, table, UsageError, wordsOf, type Command, type Input } from './command.ts'

/** The most that a line of the ledger can hold. */
const creditsMax = 2_147_483_647

export const accountCommands: Command[] = [
  {
    name: 'accounts list',
    usage: '[--limit 100] [--after <account>]',
    summary: 'All accounts, the oldest first.',
    options: { limit: { type: 'string' }, after: { type: 'string' } },
    async run(ctx, input) {
      wordsOf(input)
      const limit = numberFrom(optionOf(input, 'limit') ?? '100', '--limit', 1, 10_000)
      const after = optionOf(input, 'after')
      if (after !== null && !z.uuid().safeParse(after).success) throw new UsageError('--after is no account')
      const accounts = await findAccounts(ctx, { after, limit })
      const headings = ['account', 'state', 'plan', 'credits', 'keys', 'created', 'name', 'email']
      return { data: accounts.map(viewOf), lines: table(headings, accounts.map(cellsOf)) }
    },
  },
  {
    name: 'accounts create',
    usage: '--name <name> --email <email> [--plan <plan>]',
    summary: 'A new account with a first key, which is shown once.',
    options: { name: { type: 'string' }, email: { type: 'string' }, plan: { type: 'string' } },
    async run(ctx, input) {
      wordsOf(input)
      const { name, email } = personFrom(input)
      const plan = planFrom(optionOf(input, 'plan') ?? ctx.config.registration.defaultPlan)
      const { account, secret } = await openAccount(ctx, { name, email, plan })
      return {
        data: { accountId: account.id, plan: account.plan, apiKey: secret },
        lines: [`Account ${account.id} on the plan ${account.plan}.`, ...keyLines(secret)],
      }
    },
  },
  {
    name: 'accounts deactivate',
    usage: '<account>',
    summary: 'Its keys are refused with 403 at once. What it sent before still goes out.',
    run: (ctx, input) => changed(switchAccount(ctx, accountIn(input), 'deactivated')),
  },
  {
    name: 'accounts activate',
    usage: '<account>',
    summary: 'Lets it in again.',
    run: (ctx, input) => changed(switchAccount(ctx, accountIn(input), 'active')),
  },
  {
    name: 'accounts delete',
    usage: '<account> --yes',
    summary: 'Deletes it with everything that is stored for it, for good.',
    options: { yes: { type: 'boolean' } },
    async run(ctx, input) {
      const id = accountIn(input)
      if (input.options['yes'] !== true) {
        throw new UsageError(
          `this deletes account ${id} and all of its messages for good: add --yes if you mean it`,
        )
      }
      const { rows } = await eraseAccount(ctx, id)
      return {
        data: { accountId: id, deleted: true, rows },
        lines: [`Account ${id} is deleted: ${rows} rows.`],
      }
    },
  },
  {
    name: 'accounts set-plan',
    usage: `<account> <${planNames.join('|')}>`,
    summary: 'Gives it a plan for good, also in the place of one that it pays for.',
    run(ctx, input) {
      const [id = '', plan = ''] = wordsOf(input, '<account>', '<plan>')
      return changed(assignPlan(ctx, id, planFrom(plan)))
    },
  },
  {
    name: 'credits grant',
    usage: '<account> <amount> [--note <text>] [--reference <text>]',
    summary: 'Gives it credits; with a reference of yours once, however often it is run.',
    options: { note: { type: 'string' }, reference: { type: 'string' } },
    async run(ctx, input) {
      const [accountId = '', amountText = ''] = wordsOf(input, '<account>', '<amount>')
      const amount = numberFrom(amountText, '<amount>', 1, creditsMax)
      await assertAccount(ctx, accountId)
      const { balance, granted } = await topUpCredits(ctx, {
        accountId,
        amount,
        note: optionOf(input, 'note'),
        reference: optionOf(input, 'reference'),
      })
      const line = granted ? `Granted ${amount}.` : 'That reference was granted before; nothing changed.'
      return { data: { accountId, granted, balance }, lines: [`${line} The balance is ${balance}.`] }
    },
  },
]

/** The account that a command is about. */
export function accountIn(input: Input): string {
  const [id = ''] = wordsOf(input, '<account>')
  return id
}

async function changed(change: Promise<AccountRow>): ReturnType<Command['run']> {
  const account = await change
  const { id, state, plan } = account
  return { data: viewOf(account), lines: [`Account ${id} is ${state}, on the plan ${plan}.`] }
}

function viewOf({ id, ...account }: AccountRow): object {
  return { accountId: id, ...account }
}

function cellsOf({ id, state, plan, credits, keys, createdAt, name, email }: AccountRow): string[] {
  return [id, state, plan, String(credits), String(keys), createdAt.toISOString().slice(0, 10), name, email]
}

/** A new key, for the one who is to keep it. */
export function keyLines(secret: string): string[] {
  return ['Its key, which is shown only now:', '', `  ${secret}`]
}

const person = z.object({ name: z.string().trim().min(1).max(200), email: z.email().max(320) })

function personFrom(input: Input): z.infer<typeof person> {
  const parsed = person.safeParse(input.options)
  if (parsed.success) return parsed.data
  throw new UsageError('--name and --email are needed, the latter an e-mail address')
}

const planName = z.enum(planNames)

function planFrom(text: string): z.infer<typeof planName> {
  const parsed = planName.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`"${text}" is no plan: use ${planNames.join(', ')}`)
}
