// A service that can be killed: it starts the embedded Postgres of a folder, tells its parent the URL, and
// stops it when the parent says so.

import pino from 'pino'
import { z } from 'zod'
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts'

const dataDir = z.string().parse(process.argv[2])
const postgres = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }) })
process.send?.(postgres.url)
process.once('message', () => {
  void postgres.stop().then(() => process.disconnect())
})
