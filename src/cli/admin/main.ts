import { parseArgs } from 'node:util'
import { printable } from '../printable.ts'
import { accountCommands } from './accounts.ts'
import { callbackCommands } from './callbacks.ts'
import { UsageError, type Command, type Input, type Report } from './command.ts'
import { keyCommands } from './keys.ts'
import { messageCommands } from './messages.ts'
import { secretsCommands } from './secrets.ts'
import { createConfig, type Config } from '../../config/config.ts'
import { ConfigError, readEnv } from '../../config/env.ts'
import { createContext, type Context } from '../../context.ts'
import { openDatabase, type OpenDatabase } from '../../db/open-database.ts'
import { AppError } from '../../domain/app-error.ts'
import { createLog, type Log } from '../../kit/log.ts'
import { StartError } from '../../kit/start-error.ts'

const commands: Command[] = [
  ...accountCommands,
  ...keyCommands,
  ...messageCommands,
  ...secretsCommands,
  ...callbackCommands,
]

/** How long a Postgres may take to answer. */
const patienceMs = 15_000
const exitCodes = { done: 0, failed: 1, misunderstood: 2 } as const

/**
 * `npm run admin -- <command>`: what the operator does to the installation. It works on the same database as the
 * service, while that runs and while it does not. Returns the exit code.
 */
async function admin(argv: readonly string[]): Promise<number> {
  const asksForHelp = argv.length === 0 || argv.includes('--help') || argv.includes('-h')
  const command = commands.find(({ name }) => name === argv.slice(0, 2).join(' '))
  if (asksForHelp) {
    say(...(command === undefined ? overview() : manual(command)))
    return argv.length === 0 ? exitCodes.misunderstood : exitCodes.done
  }
  if (command === undefined) throw new UsageError(`there is no command "${argv.slice(0, 2).join(' ')}"`)
  const input = inputOf(command, argv.slice(2))
  const report = await withContext((ctx) => command.run(ctx, input))
  say(...(input.options['json'] === true ? JSON.stringify(report.data, null, 2).split('\n') : report.lines))
  return codeOf(report)
}

function codeOf({ incomplete = false }: Report): number {
  return incomplete ? exitCodes.failed : exitCodes.done
}

function inputOf(command: Command, args: string[]): Input {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...command.options, json: { type: 'boolean' } },
    })
    return { words: positionals, options: values }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Everything that a command needs, for as long as it runs. */
async function withContext<T>(work: (ctx: Context) => Promise<T>): Promise<T> {
  const env = readEnv()
  const config = createConfig(env)
  // Standard output is for the answer.
  const log = createLog(env.LOG_LEVEL ?? 'error', process.stderr)
  const database = await findDatabase(config, log)
  try {
    const ctx = createContext(config, database.target, { log })
    try {
      return await work(ctx)
    } finally {
      await ctx.close()
    }
  } finally {
    await database.stop()
  }
}

async function findDatabase(config: Config, log: Log): Promise<OpenDatabase> {
  const stopping = AbortSignal.timeout(patienceMs)
  try {
    return await openDatabase(config, { log, stopping })
  } catch (error) {
    if (!stopping.aborted || config.database.url === null) throw error
    throw new StartError(`Postgres did not answer within ${patienceMs / 1_000} s. Check DATABASE_URL.`, error)
  }
}

function overview(): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'Usage: npm run admin -- <command> [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every command takes --json, for programs, and --help. Exit codes: 0 done, 1 not done, or not all of it,',
    '2 misunderstood. The configuration is the environment of the service.',
  ]
}

function manual({ name, usage, summary }: Command): string[] {
  return [
    `Usage: npm run admin -- ${[name, usage, '[--json]'].filter(Boolean).join(' ')}`,
    '',
    `  ${summary}`,
  ]
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.map(printable).join('\n')}\n`)
}

/** An error that the operator can mend needs no stack. */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}. See: npm run admin -- --help\n`)
    return exitCodes.misunderstood
  }
  const expected = error instanceof AppError || error instanceof ConfigError || error instanceof StartError
  const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : error
  process.stderr.write(`${String(text).split('\n').map(printable).join('\n')}\n`)
  return exitCodes.failed
}

process.exitCode = await admin(process.argv.slice(2)).catch(explain)
// Handles that a broken connection left behind must not keep the shell waiting.
process.exit()
