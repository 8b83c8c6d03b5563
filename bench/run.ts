import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openBench } from './bench.ts'
import { machineOf } from './machine.ts'
import { optionsFrom, scenarioNames } from './options.ts'
import type { Found } from './result.ts'
import { scenarios } from './scenarios/index.ts'
import { tableOf } from './table.ts'

/**
 * `npm run bench -- [--quick] [--only name,name] [--rows n] [--dist folder] [--profile folder]`: measures,
 * prints a table and writes bench/results/latest.json. It judges nothing: see docs/benchmarks.md.
 */
async function main(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2))
  const startMs = performance.now()
  const bench = await openBench(options)
  try {
    const machine = await machineOf(bench.folder)
    if (machine.disk === 'memory')
      console.warn('*** The databases lie in memory: fsync costs nothing here. ***')
    const found: Record<string, Found> = {}
    for (const name of scenarioNames.filter((one) => options.only.includes(one))) {
      console.log(`${name} ...`)
      found[name] = await scenarios[name](bench).catch(failed)
    }
    const seconds = Math.round((performance.now() - startMs) / 1_000)
    await save({ machine, options: { ...options, dist: options.dist !== null }, seconds, found })
    console.log(`\n${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}, ${seconds} s\n`)
    console.log(tableOf(Object.values(found).flatMap(({ lines }) => lines)))
  } finally {
    await bench.close()
  }
}

/** A scenario that breaks leaves the others standing. */
function failed(error: unknown): Found {
  console.error(error)
  return { lines: [], details: { failed: String(error) } }
}

async function save(results: object): Promise<void> {
  const folder = fileURLToPath(new URL('results/', import.meta.url))
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}latest.json`, `${JSON.stringify(results, null, 2)}\n`)
}

await main()
process.exit(0)
