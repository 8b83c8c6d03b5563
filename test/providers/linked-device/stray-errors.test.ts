import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const module = new URL('../../../src/providers/linked-device/safety/stray-errors.ts', import.meta.url)

/** A process of its own, because what is tested is whether it ends. */
async function exitCodeAfter(stack: string): Promise<number | string | undefined> {
  const program = `
    import { surviveStrayErrors } from ${JSON.stringify(fileURLToPath(module))}
    surviveStrayErrors({ debug() {}, warn() {} })
    void Promise.reject(Object.assign(new Error('stray'), { stack: ${JSON.stringify(stack)} }))
    setTimeout(() => process.exit(0), 100)`
  try {
    await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program])
    return 0
  } catch (error) {
    return error instanceof Error && 'code' in error ? Number(error.code) : undefined
  }
}

test('an error of the library that nobody waits for ends no process; one of ours does', async () => {
  expect(
    await exitCodeAfter(
      'Error: stray\n at /app/node_modules/@whiskeysockets/baileys/lib/Socket/socket.js:1:1',
    ),
  ).toBe(0)
  expect(await exitCodeAfter('Error: stray\n at /app/dist/services/messages/accept.js:1:1')).toBe(1)
})
