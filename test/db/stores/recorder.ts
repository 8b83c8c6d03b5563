import type { Db } from '../../../src/db/client.ts'

/** Statements by name, each with the texts that it was run with: one that is built from filters has several. */
export type Statements = Map<string, Set<string>>

/** A database that runs nothing and records every statement. */
export function recordingDb(statements: Statements): Db {
  const recorder: Pick<Db, 'query'> = {
    query(name, text) {
      const texts = statements.get(name) ?? new Set()
      statements.set(name, texts.add(text))
      return Promise.resolve([])
    },
  }
  return new Proxy<any>(recorder, { get: (target, key) => target[key] ?? anything })
}

/**
 * A value that can stand for any argument of a store: every property of it, every element and every result of a call
 * is another such value. With it each store function runs far enough to hand over its statement.
 */
export const anything: any = new Proxy(() => undefined, {
  get(_target, key) {
    if (key === Symbol.iterator) {
      return function* () {
        yield anything
      }
    }
    if (key === Symbol.toPrimitive) return () => '00000000-0000-7000-8000-000000000000'
    if (key === 'then' || key === 'toJSON') return undefined
    if (key === 'length' || key === 'size') return 1
    if (key === 'map' || key === 'flatMap' || key === 'filter' || key === 'toSorted') return () => [1]
    if (key === 'toISOString') return () => '2026-01-01T00:00:00.000Z'
    if (key === 'isWellFormed') return () => true
    if (key === 'includes') return () => false
    if (key === 'getTime') return () => 0
    return anything
  },
  apply: () => anything,
})
