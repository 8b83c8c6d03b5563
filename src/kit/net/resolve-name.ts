import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createCache } from '../cache.ts'
import pLimit from 'p-limit'
import { within } from '../concurrency/within.ts'

/** All addresses of a name, one or more, IPv4 first. Rejects when there are none, or nobody answers. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>

/** Long enough for a burst of connections, short enough to follow a receiver that changes its address. */
const freshMs = 5_000
/** How long known IPv4 addresses wait for IPv6 ones: some servers never answer that question. */
const straggleMs = 300

/**
 * Resolves names by its own questions to the DNS. Not by the system's resolver: that one keeps a thread of the
 * process's few for each name, so that some names that hang would hold up all others, and files and hashes with
 * them. /etc/hosts comes first. `timeoutMs`: for one name, all in all.
 *
 * `systemToo` asks the system's resolver for names that the DNS does not know, one at a time: it knows search
 * domains, as in Kubernetes, and mDNS. Only private names need that.
 */
export function createNameResolver(options: {
  timeoutMs: number
  systemToo: boolean
  /** Of the DNS, such as `127.0.0.1:53`; those of the system when absent. */
  servers?: readonly string[]
}): ResolveName {
  const oneByOne = pLimit(1)
  const hosts = createCache({ ttlMs: freshMs, entriesMax: 1, load: readHosts })

  async function find(name: string, over: AbortSignal): Promise<LookupAddress[]> {
    const written = (await hosts.get('/etc/hosts')).get(name)
    if (written !== undefined) return written
    const answer = await askDns(name, over, options.servers)
    if (answer.length > 0 || !options.systemToo) return answer
    return oneByOne(async () => (over.aborted ? [] : lookup(name, { all: true })))
  }

  const fresh = createCache({
    ttlMs: freshMs,
    entriesMax: 10_000,
    async load(name) {
      const over = AbortSignal.timeout(options.timeoutMs)
      const found = await Promise.race([find(name, over), aborted(over)])
      if (found.length === 0) throw new Error(`no address is known for ${name}`)
      return found
    },
  })
  return (name) => fresh.get(name.toLowerCase().replace(/\.$/, ''))
}

/** Never resolves: rejects when the signal fires. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
  })
}

/** None when the DNS knows no address of this name; rejects when the DNS could not answer. */
async function askDns(
  name: string,
  over: AbortSignal,
  servers: readonly string[] | undefined,
): Promise<LookupAddress[]> {
  // One for each name: it can be called off alone, and it reads resolv.conf as it is now.
  const resolver = new Resolver({ timeout: 1_500, tries: 2 })
  if (servers !== undefined) resolver.setServers(servers)
  over.addEventListener('abort', () => resolver.cancel(), { once: true })
  const six = answerOf(resolver.resolve6(name), 6)
  const four = await answerOf(resolver.resolve4(name), 4).catch((error: unknown) => {
    six.catch(() => undefined)
    throw error
  })
  if (four.length === 0) return six
  return [
    ...four,
    ...(await within(
      straggleMs,
      six.catch(() => []),
      [],
    )),
  ]
}

/** The codes of c-ares for names that do not exist, have no address of the kind, or when there is no DNS at all. */
const unknownCodes = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED'])

async function answerOf(asked: Promise<string[]>, family: 4 | 6): Promise<LookupAddress[]> {
  try {
    return (await asked).map((address) => ({ address, family }))
  } catch (error) {
    if (error instanceof Error && 'code' in error && unknownCodes.has(String(error.code))) return []
    throw error
  }
}

/** The names in a hosts file; none where there is no such file. */
async function readHosts(file: string): Promise<Map<string, LookupAddress[]>> {
  const names = new Map<string, LookupAddress[]>()
  for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n')) {
    const [address = '', ...aliases] = (line.split('#')[0] ?? '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const alias of aliases) {
      const name = alias.toLowerCase()
      names.set(name, [...(names.get(name) ?? []), { address, family }])
    }
  }
  return names
}
