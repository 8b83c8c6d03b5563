import { z } from 'zod'
import { readMigrations } from './migrations.ts'
import { loadSchemaEngine } from './schema-engine.ts'

// The child process of migrate.ts: one question comes, one answer goes, and the memory of the schema engine
// with it. The question comes as a message because others on the machine can read a command line, which would
// show a password.

const question = z.object({ connectionString: z.string(), folder: z.string() })

process.once('message', (message) => {
  void answer(message).then((reply) => {
    // The engine leaves a timer of ten seconds behind, the limit of its wait for a lock.
    process.send?.(reply, () => process.exit())
  })
})

async function answer(message: unknown): Promise<{ applied: string[] } | { failure: string }> {
  try {
    const { connectionString, folder } = question.parse(message)
    const engine = await loadSchemaEngine({ main: connectionString, shadow: null })
    try {
      return { applied: await engine.apply(await readMigrations(folder)) }
    } finally {
      await engine.close()
    }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}
