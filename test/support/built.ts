import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const house = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** The programs that are shipped, by name; the paths are those under dist/. */
const programs = {
  admin: 'cli/admin/main.js',
  listen: 'cli/listen.js',
  main: 'main.js',
  quickstart: 'cli/quickstart.js',
} as const
type BuiltProgram = keyof typeof programs

/** The file of a program as it is shipped. It starts in a third of the time that its source would take. */
export function builtProgram(name: BuiltProgram): string {
  return join(house, 'dist', programs[name])
}

/** Brings dist/ up to date with src/, without a look at the types: `npm run check` has that. */
export async function buildPrograms(): Promise<void> {
  const built = await stat(builtProgram('main')).catch(() => null)
  if (built !== null && built.mtimeMs > (await newestMs(join(house, 'src')))) return
  const compiler = join(house, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: house })
}

/** When anything in a folder was last changed, added or removed. */
async function newestMs(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = [folder, ...entries.map(({ parentPath, name }) => join(parentPath, name))]
  return Math.max(...(await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs))))
}
