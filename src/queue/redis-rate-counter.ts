import type { Redis } from 'ioredis'
import type { RateCounter } from '../domain/accounts/rate-counter.ts'

/** Counters in Redis, shared by every process. */
export function createRedisRateCounter(redis: Redis, prefix: string): RateCounter {
  return {
    async add(items) {
      const pipeline = redis.pipeline()
      for (const { key, amount, endsAt } of items) {
        pipeline.incrby(`${prefix}:rate:${key}`, amount)
        pipeline.pexpireat(`${prefix}:rate:${key}`, endsAt.getTime())
      }
      const answers = (await pipeline.exec()) ?? []
      return items.map((_item, index) => {
        const [error, total] = answers[index * 2] ?? [new Error('no answer'), null]
        if (error !== null) throw error
        return Number(total)
      })
    },
  }
}
