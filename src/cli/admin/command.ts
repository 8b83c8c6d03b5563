import type { ParseArgsConfig } from 'node:util'
import type { Context } from '../../context.ts'
import { printable } from '../printable.ts'

/** The output of a command: `data` for programs (`--json`), `lines` for people. */
export interface Report {
  data: unknown
  lines: string[]
  /** Something is left to be done by hand: the exit code is 1. */
  incomplete?: boolean
}

/** The arguments after the command's words. */
export interface Input {
  words: string[]
  options: Record<string, string | boolean | (string | boolean)[] | undefined>
}

/** One thing that the operator can ask for. */
export interface Command {
  /** As it is typed: `accounts list`. */
  name: string
  /** The arguments that follow its name, such as `<account>`. */
  usage: string
  summary: string
  options?: NonNullable<ParseArgsConfig['options']>
  /** Throws `UsageError`, and `AppError` for what cannot be done. */
  run(ctx: Context, input: Input): Promise<Report>
}

/** The command was typed in a way that it does not understand. */
export class UsageError extends Error {}

/** The words after the command, exactly as many as are named. Throws `UsageError`. */
export function wordsOf(input: Input, ...names: string[]): string[] {
  const missing = names[input.words.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  const extra = input.words[names.length]
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
  return input.words
}

/** An option's text, or null. */
export function optionOf(input: Input, name: string): string | null {
  const value = input.options[name]
  return typeof value === 'string' ? value : null
}

/** A whole number between two bounds. Throws `UsageError`. */
export function numberFrom(text: string, what: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`${what} must be a whole number from ${min} to ${max}`)
}

/** Rows under their headings, in columns as wide as they need. A cell stays in its line, whatever its text. */
export function table(headings: string[], rows: string[][]): string[] {
  const all = [headings, ...rows.map((row) => row.map(printable))]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
