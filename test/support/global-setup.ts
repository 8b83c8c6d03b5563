import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts'
import { buildPrograms } from './built.ts'
import { makeTemplateDatabase } from './postgres.ts'
import { startRedis } from './redis.ts'
import { scratchFolder } from './scratch.ts'

/** One Postgres and one Redis for the whole run; each test file makes databases of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await scratchFolder(), 'hermod-test-'))
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: pino({ level: 'warn' }) })
  const redis = await startRedis()
  try {
    await Promise.all([makeTemplateDatabase(postgres.url), buildPrograms()])
  } catch (error) {
    // What was started would keep the run from ending.
    await Promise.all([postgres.stop(), redis.stop()])
    throw error
  }
  project.provide('postgresUrl', postgres.url)
  project.provide('redisUrl', redis.url)
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()])
    await rm(folder, { recursive: true, force: true })
  }
}
