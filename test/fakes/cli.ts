import { isJson, type Json } from './http.ts'

/**
 * Reads options for a stand-in that runs as a process of its own: a JSON object in an environment variable,
 * over which flags are laid. Flags are the options' own names, dots for nesting, kebab or camel case
 * (`--port 4000 --plain --callbacks.step-ms=5 --phones '[{"id":"1"}]'`); values are JSON where they parse as
 * an array, an object, a boolean or null, or as a number that needs no quoting.
 */
export function optionsFrom(args: readonly string[], environment: string | undefined): Json {
  const parsed: unknown = environment ? JSON.parse(environment) : {}
  const options: Json = isJson(parsed) ? parsed : {}
  for (let at = 0; at < args.length; at += 1) {
    const flag = args[at] ?? ''
    if (!flag.startsWith('--')) throw new Error(`not a flag: ${flag}`)
    const [name, inline] = splitOnce(flag.slice(2))
    const next = args[at + 1]
    const takesNext = inline === undefined && next !== undefined && !next.startsWith('--')
    if (takesNext) at += 1
    assign(options, name.split('.').map(camel), value(inline ?? (takesNext ? next : 'true')))
  }
  return options
}

/**
 * Tells whoever started the process that it is ready (one JSON line, and a message to a parent that forked
 * it) and ends it on SIGTERM, SIGINT or when that parent goes away.
 */
export function announce(ready: { url: string; port: number }, close: () => Promise<void>): void {
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  process.send?.(ready)
  const stop = () => void close().then(() => process.exit(0))
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(signal, stop)
}

function assign(target: Json, path: readonly string[], given: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    target[name] = given
    return
  }
  const inner = target[name]
  const next: Json = isJson(inner) ? inner : {}
  target[name] = next
  assign(next, rest, given)
}

function value(text: string): unknown {
  // Ids are long digit strings: a number that does not survive the round trip stays text.
  if (/^-?\d+(\.\d+)?$/.test(text))
    return String(Number(text)) === text && text.length < 10 ? Number(text) : text
  if (/^(\[|\{)|^(true|false|null)$/.test(text)) return JSON.parse(text)
  return text
}

function splitOnce(text: string): [string, string?] {
  const at = text.indexOf('=')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
