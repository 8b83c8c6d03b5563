// Measures whether the time of POST /otp/verify tells a right code from a wrong one, or a known verification from an
// unknown one: npm run otp:timing -- <base url> [rounds]. It judges by the noise, which is the difference between two
// halves of the same kind.

import { randomInt, randomUUID } from 'node:crypto'

const [base = 'http://127.0.0.1:3000', rounds = '400'] = process.argv.slice(2)

async function call(method: string, path: string, body: unknown, key?: string): Promise<any> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  })
  return answer.json()
}

const registered = await call('POST', '/auth/register', { name: 'Timing', email: 'timing@example.com' })
const key: string = registered.data.apiKey
const unlimited = { limits: { number: [], prefix: [], client: [] }, fraud: 'off' }
await call('PUT', '/otp/services/default', unlimited, key)

const kinds = ['right', 'wrong', 'unknown', 'ended'] as const
type Kind = (typeof kinds)[number]
const times: Record<Kind, number[]> = { right: [], wrong: [], unknown: [], ended: [] }

async function timed(kind: Kind, id: string, code: string): Promise<void> {
  const startMs = performance.now()
  await call('POST', '/otp/verify', { id, code }, key)
  times[kind].push(performance.now() - startMs)
}

const code = '481516'

/** A new verification of a number that nobody else has. */
async function pending(): Promise<string> {
  const to = `49151${String(10_000_000 + randomInt(80_000_000))}`
  return (await call('POST', '/otp', { to, session: 'sandbox', code }, key)).data.id
}

let ended = await pending()
await call('POST', '/otp/verify', { id: ended, code }, key)
for (let round = 0; round < Number(rounds); round += 1) {
  const [first, second] = [await pending(), await pending()]
  // Each kind has a verification of its own, so that they can come in any order: a connection or a cache that the one
  // before warmed up favours none.
  const acts: Record<Kind, () => Promise<void>> = {
    right: () => timed('right', first, code),
    wrong: () => timed('wrong', second, '000000'),
    unknown: () => timed('unknown', randomUUID(), code),
    ended: () => timed('ended', ended, code),
  }
  for (const kind of shuffled(kinds)) await acts[kind]()
  ended = first
}

function shuffled<T>(some: readonly T[]): T[] {
  return some
    .map((value) => ({ value, place: Math.random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ value }) => value)
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

for (const kind of kinds) {
  const all = times[kind]
  const noise = Math.abs(
    middle(all.filter((_, n) => n % 2 === 0)) - middle(all.filter((_, n) => n % 2 === 1)),
  )
  console.log(`${kind.padEnd(8)} median ${middle(all).toFixed(3)} ms, noise ${noise.toFixed(3)} ms`)
}
