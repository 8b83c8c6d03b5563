import { expect, test } from 'vitest'
import { foreignPostgresPrograms, startForeignPostgres } from '../support/foreign-postgres.ts'
import { createRandom } from '../storm/random.ts'
import { strikeStarts } from '../storm/start-storm.ts'

const programs = await foreignPostgresPrograms()
/** START_STORM=100 is the long form. */
const rounds = Number(process.env['START_STORM'] ?? 4)

test.skipIf(programs === null)(
  'whatever happens to Postgres while it starts, the service comes up, works and stops',
  { timeout: rounds * 60_000 },
  async () => {
    const postgres = await startForeignPostgres(programs ?? '')
    try {
      const results = await strikeStarts(postgres, { rounds, random: createRandom(Date.now()) })
      expect(results.filter(({ fault }) => fault !== null)).toEqual([])
    } finally {
      await postgres.remove()
    }
  },
)
