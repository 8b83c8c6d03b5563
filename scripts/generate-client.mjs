// Generates the Prisma client into src/db/generated, unless that was done for this very schema and Prisma
// already. `--force` does it anyway. Works offline: nothing is downloaded and nobody is told.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const generated = join(root, 'src', 'db', 'generated')
const stamp = join(generated, '.schema-sha256')
const prismaPackage = require.resolve('prisma/package.json')

const fingerprint = createHash('sha256')
  .update(readFileSync(join(root, 'prisma', 'schema.prisma')))
  .update(readFileSync(prismaPackage))
  .digest('hex')

if (process.argv.includes('--force') || !isCurrent()) generate()

function isCurrent() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint
}

function generate() {
  rmSync(generated, { recursive: true, force: true })
  const cli = join(dirname(prismaPackage), 'build', 'index.js')
  const { status, error } = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // Prisma insists on a schema engine and would download it, but `generate` never runs it: any file will
      // do.
      PRISMA_SCHEMA_ENGINE_BINARY: cli,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      NO_UPDATE_NOTIFIER: '1',
    },
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, fingerprint)
}
