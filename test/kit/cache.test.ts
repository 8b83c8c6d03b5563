import { expect, test } from 'vitest'
import { createCache } from '../../src/kit/cache.ts'

const forever = 3_600_000

/** A cache whose loads are listed. */
function cacheOf(options: { ttlMs?: number; entriesMax?: number; load?: (key: string) => Promise<string> }) {
  const loads: string[] = []
  const { ttlMs = forever, entriesMax = 10, load = async (key) => `value of ${key}` } = options
  const cache = createCache({
    ttlMs,
    entriesMax,
    load: (key) => {
      loads.push(key)
      return load(key)
    },
  })
  return { cache, loads }
}

test('a value is loaded once, also for callers that come while it is being loaded', async () => {
  const { cache, loads } = cacheOf({})
  expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual(['value of a', 'value of a'])
  await cache.get('a')
  expect(loads).toEqual(['a'])
})

test('a value that was forgotten, or whose time is over, is loaded again', async () => {
  const { cache, loads } = cacheOf({})
  await cache.get('a')
  cache.forget('a')
  await cache.get('a')
  expect(loads).toEqual(['a', 'a'])

  const stale = cacheOf({ ttlMs: 0 })
  await stale.cache.get('a')
  await stale.cache.get('a')
  expect(stale.loads).toEqual(['a', 'a'])
})

test('a load that failed is not remembered', async () => {
  let failures = 1
  const { cache, loads } = cacheOf({
    load: async (key) => {
      failures -= 1
      if (failures >= 0) throw new Error('away')
      return key
    },
  })
  await expect(cache.get('a')).rejects.toThrow('away')
  expect(await cache.get('a')).toBe('a')
  expect(loads).toEqual(['a', 'a'])
})

test('a load that fails late does not remove the value that was loaded since', async () => {
  let failFirst = (_error: Error): void => undefined
  const first = new Promise<string>((_resolve, reject) => {
    failFirst = reject
  })
  let calls = 0
  const { cache, loads } = cacheOf({ load: () => (++calls === 1 ? first : Promise.resolve('fresh')) })
  const failing = cache.get('a')
  cache.forget('a')
  expect(await cache.get('a')).toBe('fresh')
  failFirst(new Error('late'))
  await expect(failing).rejects.toThrow('late')
  expect(await cache.get('a')).toBe('fresh')
  expect(loads).toHaveLength(2)
})

test('of more keys than it may hold, the one that was loaded first is dropped', async () => {
  const { cache, loads } = cacheOf({ entriesMax: 2 })
  for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await cache.get(key)
  expect(loads).toEqual(['a', 'b', 'c', 'a'])
})
