import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { builtProgram } from './built.ts'

const house = fileURLToPath(new URL('../..', import.meta.url))

/** The end of a command, and its words. */
interface Ran {
  code: number
  out: string
  errors: string
}

/** Runs the operator's command in a process of its own, as `npm run admin` does. */
export function runAdmin(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve) => {
    const options = { cwd: house, env: { PATH, HOME, ...env }, timeout: 60_000 }
    execFile(process.execPath, [builtProgram('admin'), ...args], options, (error, out, errors) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, out, errors })
    })
  })
}
