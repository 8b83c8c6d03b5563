import type { Bench } from '../bench.ts'
import type { LoadJob, LoadResult } from '../load-job.ts'

/** The crowd of the benchmark: so many keep-alive connections, each asking again as soon as it is answered. */
export const connections = 64

/** A job that sends messages as fast as they are answered. */
export function sendJob(
  url: string,
  key: string,
  seconds: number,
  fields: LoadJob['what'] | object = {},
): LoadJob {
  return {
    url,
    key,
    what: { kind: 'send', fields: { ...fields } },
    connections,
    seconds,
    ratePerSecond: null,
  }
}

/** Answers a second of the bare route under the same load. */
export async function bareRound(bench: Bench, seconds: number): Promise<number> {
  return rateOf(await bench.loader.run(sendJob(bench.bareUrl, bareKey, seconds)))
}

/** The bare route asks nobody's key; one of the usual length keeps the requests alike. */
export const bareKey = `sk_live_${'0'.repeat(48)}`

/** Good answers a second. Throws when any was bad: a run with refusals measures something else. */
export function rateOf(result: LoadResult): number {
  if (Object.keys(result.bad).length > 0) throw new Error(`bad answers: ${JSON.stringify(result.bad)}`)
  return result.good / result.seconds
}
