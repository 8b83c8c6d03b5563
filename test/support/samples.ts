import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Answer } from './service.ts'

/**
 * Programs as users write them, run by the real curl, Node and Python. A sample reads `BASE` and `KEY` from its
 * environment and asks once: curl by any call of `curl`, JavaScript into `response`, Python into `response`.
 */

export const languages = ['curl', 'javascript', 'python'] as const
export type Language = (typeof languages)[number]

const run = promisify(execFile)
const timeoutMs = 20_000

interface Runner {
  /** Tells whether it is installed. */
  proof: [command: string, ...args: string[]]
  command(sample: string): [command: string, ...args: string[]]
  read(output: string): Answer
}

const runners: Record<Language, Runner> = {
  curl: {
    proof: ['curl', '--version'],
    command: (sample) => [
      'sh',
      '-c',
      `curl() { command curl --silent --show-error --include "$@"; }\n${sample}`,
    ],
    read: readHttp,
  },
  javascript: {
    proof: ['node', '--version'],
    command: (sample) => [
      'node',
      '--input-type=module',
      '--eval',
      `${sample}
       const headers = Object.fromEntries(response.headers)
       console.log(JSON.stringify({ status: response.status, headers, body: await response.json() }))`,
    ],
    read: readJson,
  },
  python: {
    proof: ['python3', '--version'],
    command: (sample) => [
      'python3',
      '-c',
      `${sample}
import json
headers = dict(response.headers)
print(json.dumps({'status': response.status_code, 'headers': headers, 'body': response.json()}))`,
    ],
    read: readJson,
  },
}

/** Whether a language's samples can run here; says loudly when not. */
export function isInstalled(language: Language): boolean {
  const [command, ...args] = runners[language].proof
  const installed = spawnSync(command, args).status === 0
  if (!installed) console.warn(`*** ${command} is not installed: its samples are not tested. ***`)
  return installed
}

/** Runs one sample and returns the answer that it got. */
export async function runSample(
  language: Language,
  sample: string,
  variables: Record<string, string>,
): Promise<Answer> {
  const [command, ...args] = runners[language].command(sample)
  const env = { ...process.env, ...variables, ...(language === 'python' && pythonPath()) }
  const { stdout } = await run(command, args, { env, timeout: timeoutMs })
  return runners[language].read(stdout)
}

/** A small stand-in for the `requests` package, where the real one is missing. */
function pythonPath(): Record<string, string> {
  const real = spawnSync('python3', ['-c', 'import requests']).status === 0
  return real ? {} : { PYTHONPATH: fileURLToPath(new URL('python', import.meta.url)) }
}

function readJson(output: string): Answer {
  const { status, headers, body } = JSON.parse(output)
  return { status, headers: new Headers(headers), body }
}

/** An answer as it came over the wire. */
function readHttp(output: string): Answer {
  const end = output.indexOf('\r\n\r\n')
  const [first = '', ...lines] = output.slice(0, end).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(': ')
    return [name, value.join(': ')]
  })
  const body: unknown = JSON.parse(output.slice(end))
  return { status: Number(first.split(' ')[1]), headers: new Headers(headers), body }
}
