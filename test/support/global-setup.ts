import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts'
import { buildPrograms } from './built.ts'
import { makeTemplateDatabase } from './postgres.ts'
import { startRedis } from './redis.ts'

const memoryFolder = '/dev/shm'
const memoryBytesMin = 2 * 1024 ** 3

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

/**
 * In memory where there is plenty (a container has 64 MB of it by default), which makes fsync cost nothing.
 */
async function scratchFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(memoryFolder).catch(() => ({ bavail: 0, bsize: 0 }))
  return bavail * bsize >= memoryBytesMin ? memoryFolder : tmpdir()
}
