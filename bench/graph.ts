import { z } from 'zod'
import type { Processes } from './processes.ts'
import type { Sample } from './stats.ts'
import { waitUntil } from './wait.ts'

/** The stand-in for Meta's Graph API, in a process of its own, without delays and without callbacks. */
export interface Graph {
  pid: number
  url: string
  /** Messages taken so far, and what came twice. */
  taken(): Promise<{ accepted: number; distinct: number }>
  /** Resolves, with the time, once it has taken so many messages in all. */
  takes(count: number): Promise<number>
  /** When a message arrived, by this machine's clock; null while it has not. Only where times are kept. */
  arrivalMs(messageId: string): Promise<number | null>
  /** Counts what was taken every quarter of a second until `stop`. */
  sample(): { samples: Sample[]; stop(): Promise<void> }
}

const ready = z.object({ url: z.string(), port: z.number() })
const stats = z.object({ accepted: z.int(), distinct: z.int() })
const found = z.object({ messages: z.array(z.object({ at: z.number() })) })
const sampleEveryMs = 250
const drainTimeoutMs = 60_000

/** `times` keeps when each message came, which costs it more than to count. */
export async function startGraph(processes: Processes, keeps: 'counts' | 'times'): Promise<Graph> {
  const { program, ready: said } = await processes.startScript(
    `graph-${keeps}`,
    new URL('../test/fakes/graph-api/main.ts', import.meta.url),
    { args: keeps === 'counts' ? ['--plain'] : ['--ledger', 'times'], ready },
  )
  const control = async (path: string): Promise<unknown> =>
    (await fetch(`${said.url}/__control/${path}`)).json()
  const taken = async (): Promise<z.infer<typeof stats>> => stats.parse(await control('stats'))
  return {
    pid: program.pid,
    url: said.url,
    taken,
    takes: (count) =>
      waitUntil(
        'the provider to be handed every message',
        async () => ((await taken()).accepted >= count ? Date.now() : null),
        { timeoutMs: drainTimeoutMs },
      ),
    async arrivalMs(messageId) {
      const { messages } = found.parse(await control(`ledger?correlation=${messageId}`))
      return messages[0]?.at ?? null
    },
    sample() {
      const samples: Sample[] = []
      let asking: Promise<void> | undefined
      const ask = async (): Promise<void> => {
        const { accepted } = await taken()
        samples.push({ atMs: Date.now(), count: accepted })
      }
      const timer = setInterval(() => {
        asking = ask()
      }, sampleEveryMs)
      return {
        samples,
        async stop() {
          clearInterval(timer)
          await asking
          await ask()
        },
      }
    },
  }
}
