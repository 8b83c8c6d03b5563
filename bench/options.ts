import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const scenarioNames = [
  'accept',
  'sent',
  'idle',
  'footprint',
  'half-load',
  'urgent',
  'otp',
  'webhooks',
  'bad-endpoint',
  'rows',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

export interface Options {
  /** Short rounds: less than 90 s in all, and numbers that wander more. */
  quick: boolean
  only: readonly ScenarioName[]
  /** How many messages the large table of `rows` holds. */
  rows: number
  /** A folder with another build to measure; null builds and measures the present source. */
  dist: string | null
  /** A folder for a CPU profile of each process of the service; null takes none. */
  profile: string | null
}

/** Reads the command line. Throws an error that names the wrong part. */
export function optionsFrom(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rows: { type: 'string' },
      dist: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const rows = Number(values.rows ?? (values.quick ? 50_000 : 1_000_000))
  if (!Number.isInteger(rows) || rows < 20_000) throw new Error('--rows must be a whole number from 20000')
  return {
    quick: values.quick,
    only: values.only === undefined ? scenarioNames : values.only.split(',').map(scenarioName),
    rows,
    dist: values.dist === undefined ? null : resolve(values.dist),
    profile: values.profile === undefined ? null : resolve(values.profile),
  }
}

function scenarioName(word: string): ScenarioName {
  const found = scenarioNames.find((name) => name === word.trim())
  if (found === undefined) throw new Error(`--only knows ${scenarioNames.join(', ')}, not ${word}`)
  return found
}
