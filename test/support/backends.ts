import { afterAll, beforeAll, describe } from 'vitest'
import { redisUrl, spawnRedis, type RedisServer } from './redis.ts'

/** Where the queue and the pace live. */
export interface Backend {
  name: 'Redis' | 'Postgres'
  /**
   * A Redis database that nobody else uses, so that no other service takes the jobs; null when the queue lives in
   * the service's own Postgres.
   */
  freshRedisUrl(): string | null
}

/** Runs one suite on both backends; that of Redis is skipped on a machine that has none. */
export function describeBackends(what: string, define: (backend: Backend) => void): void {
  describe.skipIf(redisUrl() === null)(`${what} on Redis`, () => {
    let server: RedisServer
    let used = 0
    beforeAll(async () => {
      server = await spawnRedis()
    })
    afterAll(() => server.stop())
    // A redis-server has 16 databases.
    define({ name: 'Redis', freshRedisUrl: () => `${server.url}/${used++}` })
  })
  describe(`${what} on Postgres`, () => {
    define({ name: 'Postgres', freshRedisUrl: () => null })
  })
}
