import { z } from 'zod'
import { loadResult, type LoadJob, type LoadResult } from './load-job.ts'
import type { Processes } from './processes.ts'

/** The load generator's process, one job at a time. */
export interface Loader {
  pid: number
  run(job: LoadJob): Promise<LoadResult>
}

export async function startLoader(processes: Processes): Promise<Loader> {
  const { program } = await processes.startScript('load', new URL('./load.ts', import.meta.url), {
    ready: z.object({ ready: z.literal(true) }),
  })
  const { child, pid } = program
  return {
    pid,
    run: (job) =>
      new Promise((resolve, reject) => {
        const onExit = (): void => reject(new Error('the load generator ended'))
        child.once('exit', onExit)
        child.once('message', (message) => {
          child.off('exit', onExit)
          resolve(loadResult.parse(message))
        })
        child.send(job)
      }),
  }
}
