import type { Redis } from 'ioredis'
import { paceHorizonMs, type Pacer } from '../domain/messages/pacer.ts'

/** KEYS[1]: the sender. ARGV: wanted, spacing, horizon, in turn (1 or 0), time to live in ms. */
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local stored = redis.call('HMGET', KEYS[1], 'tat', 'line')
local tat = tonumber(stored[1] or '0')
local line = tonumber(stored[2] or '0')
local wanted = tonumber(ARGV[1])
local spacing = tonumber(ARGV[2])
local horizon = tonumber(ARGV[3])
local start = math.max(now, tat)
local granted = 0
if start <= now + horizon and (ARGV[4] == '1' or line <= now + horizon) then
  granted = math.min(wanted, 1 + math.floor((now + horizon - start) / spacing))
end
tat = start + granted * spacing
local retry = 0
if granted < wanted then
  if ARGV[4] == '1' then
    retry = math.max(tat - now, spacing)
  else
    line = math.max(line, tat, now)
    retry = line - now
    line = line + (wanted - granted) * spacing
  end
end
redis.call('HSET', KEYS[1], 'tat', string.format('%.3f', tat), 'line', string.format('%.3f', line))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(tat, line) - now) + 60000)
return { granted, string.format('%.3f', start - now), string.format('%.3f', retry) }`

const holdScript = `
local time = redis.call('TIME')
local till = time[1] * 1000 + time[2] / 1000 + tonumber(ARGV[1])
local tat = tonumber(redis.call('HGET', KEYS[1], 'tat') or '0')
redis.call('HSET', KEYS[1], 'tat', string.format('%.3f', math.max(tat, till)))
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[1])) + 60000)
return 1`

/** The pace kept in Redis, one script a request, shared by every worker. */
export function createRedisPacer(redis: Redis, prefix: string): Pacer {
  const keyOf = (key: string): string => `${prefix}:pace:${key}`
  return {
    async reserve({ key, wanted, ratePerSecond, requeued }) {
      const spacingMs = 1_000 / ratePerSecond
      const answer = await redis.eval(
        takeScript,
        1,
        keyOf(key),
        wanted,
        spacingMs,
        paceHorizonMs,
        requeued ? '1' : '0',
      )
      const [granted, firstInMs, retryInMs] = Array.isArray(answer) ? answer.map(Number) : []
      return {
        granted: granted ?? 0,
        firstInMs: firstInMs ?? 0,
        spacingMs,
        retryInMs: retryInMs ?? paceHorizonMs,
      }
    },
    async hold(key, ms) {
      await redis.eval(holdScript, 1, keyOf(key), ms)
    },
  }
}
