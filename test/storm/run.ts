import { parseArgs } from 'node:util'
import { buildPrograms } from '../support/built.ts'
import { longStorm, shortStorm } from './options.ts'
import { runStorm } from './storm.ts'

/**
 * `npm run storm -- [--seed 7] [--messages 5000] [--kills 48] [--short] [--keep]`: the crash storm. Ends with
 * exit code 1 when anything was lost, doubled or untrue; Ctrl-C ends it and everything it started.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    messages: { type: 'string' },
    kills: { type: 'string' },
    short: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const form = values.short ? shortStorm : longStorm
const options = {
  ...form,
  seed: Number(values.seed ?? Math.floor(Math.random() * 1_000_000)),
  messages: Number(values.messages ?? form.messages),
  kills: Number(values.kills ?? form.kills),
  keep: values.keep,
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)))

const startMs = performance.now()
const tell = (line: string) =>
  console.log(`${((performance.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${line}`)

const violationsShown = 50

try {
  await buildPrograms()
  const { violations, summary, folder } = await runStorm(options, { tell, stop: stop.signal })
  console.log(JSON.stringify(summary, null, 2))
  for (const { rule, about, what } of violations.slice(0, violationsShown)) {
    console.error(`VIOLATION: ${rule}\n  ${about}: ${what}`)
  }
  console.log(
    violations.length === 0
      ? `Nothing lost, nothing doubled (seed ${options.seed}).`
      : `${violations.length} violations (seed ${options.seed}); logs and data are in ${folder}`,
  )
  process.exitCode = violations.length === 0 ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
