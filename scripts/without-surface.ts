import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Proves that a surface can be taken out: without its folder, its line and its tests, the rest still compiles, keeps the
// law of imports, makes its OpenAPI document and shows its guide. Takes the names of surfaces; all by default.

function surfaces(): string[] {
  const entries = readdirSync('src/api/surfaces', { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

function proveRemovable(name: string): void {
  console.log(`Without the surface ${name}:`)
  const copy = mkdtempSync(join(tmpdir(), `hermod-without-${name}-`))
  try {
    copyTree(copy)
    remove(copy, name)
    for (const [command, ...args] of checks) {
      console.log(`  npx ${[command, ...args].join(' ')}`)
      execFileSync('npx', [command, ...args], { cwd: copy, stdio: ['ignore', 'pipe', 'inherit'] })
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const checks = [
  ['tsc', '-p', 'tsconfig.json', '--noEmit'],
  ['tsx', 'scripts/openapi.ts'],
  ['vitest', 'run', 'test/architecture.test.ts', 'test/api/openapi/document.test.ts', 'test/api/pages'],
] as const

/** All that is under version control or will be, with the generated client and the installed packages. */
function copyTree(copy: string): void {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  const exists = new Set(files.split('\n').filter((file) => file !== ''))
  for (const file of execFileSync('git', ['ls-files', '--deleted'], { encoding: 'utf8' }).split('\n'))
    exists.delete(file)
  for (const file of exists) cpSync(file, join(copy, file))
  cpSync('src/db/generated', join(copy, 'src/db/generated'), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))
}

function remove(copy: string, name: string): void {
  for (const folder of ['src', 'test']) rmSync(join(copy, folder, 'api/surfaces', name), { recursive: true })
  const index = join(copy, 'src/api/surfaces/index.ts')
  const text = readFileSync(index, 'utf8')
  const line = new RegExp(`^import \\{ (\\w+) \\} from './${name}/.*\\n`, 'm').exec(text)
  const [whole = '', maker = ''] = line ?? []
  if (maker === '') throw new Error(`src/api/surfaces/index.ts has no line for ${name}`)
  writeFileSync(index, text.replace(whole, '').replace(new RegExp(`\\b${maker}\\b(, ?)?`), ''))
}

const named = process.argv.slice(2)
for (const name of named.length > 0 ? named : surfaces()) proveRemovable(name)
