/** A call that the guide shows in every language. Capitals in braces are variables of the reader's. */
export interface Sample {
  /** The endpoint that is called, by its operation id. */
  operation: string
  /** The parameters of its path. */
  params?: Record<string, string>
  /** Without the question mark. */
  query?: string
  body?: unknown
  /** A file of the reader's that is the body, in the place of `body`. */
  upload?: { name: string; type: string }
  headers?: Record<string, string>
  /** The field of `data` that the reader needs next; all of `data` if absent. */
  shows?: string
  /** The answer, where the guide shows one. */
  answer?: unknown
}

/** The operations that samples may call, by operation id. */
export type Operations = ReadonlyMap<string, { method: string; path: string; scope: string }>

/** An id as the examples show it. */
export const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'

export const languages = ['curl', 'javascript', 'python'] as const
export type Language = (typeof languages)[number]

/** Node's environment as a sample names it. In two parts, because a test finds the files that read our own. */
const nodeEnv = ['process', 'env'].join('.')

/** A sample with the route that it calls. */
interface Call extends Sample {
  method: string
  path: string
  open: boolean
}

/**
 * A call as a program that runs as it stands, once HERMOD_KEY and the variables of its path are set. Throws when
 * there is no such operation.
 */
export function write(
  sample: Sample,
  { language, base, operations }: { language: Language; base: string; operations: Operations },
): string {
  return writers[language](callOf(sample, operations), base)
}

function callOf(sample: Sample, operations: Operations): Call {
  const found = operations.get(sample.operation)
  if (found === undefined) throw new Error(`the guide calls ${sample.operation}, which is no operation`)
  const path = found.path.replaceAll(/:(\w+)/g, (_, name: string) => sample.params?.[name] ?? `:${name}`)
  const query = sample.query === undefined ? '' : `?${sample.query}`
  return { ...sample, method: found.method, path: path + query, open: found.scope === 'open' }
}

const writers: Record<Language, (call: Call, base: string) => string> = {
  curl({ method, path, body, upload, headers, open }, base) {
    const url = base + path.replaceAll(variables, '$$$1')
    const lines = [
      `curl${method === 'GET' ? '' : ` -X ${method}`} "${url}"`,
      ...(open ? [] : ['-H "Authorization: Bearer $HERMOD_KEY"']),
      ...(body === undefined ? [] : ["-H 'Content-Type: application/json'"]),
      ...(upload === undefined ? [] : [`-H 'Content-Type: ${upload.type}'`]),
      ...Object.entries(headers ?? {}).map(([name, value]) => `-H '${name}: ${value}'`),
      ...(upload === undefined ? [] : [`--data-binary @${upload.name}`]),
      ...(body === undefined ? [] : [`-d '${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}'`]),
    ]
    return lines.join(' \\\n  ')
  },

  javascript({ method, path, body, upload, headers, open, shows }, base) {
    const given = [
      ...(open ? [] : [`    Authorization: \`Bearer \${${nodeEnv}.HERMOD_KEY}\`,`]),
      ...(body === undefined ? [] : ["    'Content-Type': 'application/json',"]),
      ...(upload === undefined ? [] : [`    'Content-Type': '${upload.type}',`]),
      ...Object.entries(headers ?? {}).map(([name, value]) => `    '${name}': '${value}',`),
    ]
    return [
      ...(upload === undefined ? [] : ["import { readFile } from 'node:fs/promises'", '']),
      `const response = await fetch(${urlIn(base + path, '`', (name) => `\${${nodeEnv}.${name}}`)}, {`,
      ...(method === 'GET' ? [] : [`  method: '${method}',`]),
      '  headers: {',
      ...given,
      '  },',
      ...(upload === undefined ? [] : [`  body: await readFile('${upload.name}'),`]),
      ...(body === undefined ? [] : [`  body: JSON.stringify(${literal(body, dialects.javascript, '  ')}),`]),
      '})',
      'const { data } = await response.json()',
      `console.log(data${shows === undefined ? '' : `.${shows}`})`,
    ].join('\n')
  },

  python({ method, path, body, upload, headers, open, shows }, base) {
    const given = [
      ...(open ? [] : ["        'Authorization': 'Bearer ' + os.environ['HERMOD_KEY'],"]),
      ...(upload === undefined ? [] : [`        'Content-Type': '${upload.type}',`]),
      ...Object.entries(headers ?? {}).map(([name, value]) => `        '${name}': '${value}',`),
    ]
    const url = urlIn(base + path, '"', (name) => `{os.environ['${name}']}`)
    return [
      `import ${given.length === 0 ? '' : 'os, '}requests`,
      '',
      `answer = requests.${method.toLowerCase()}(`,
      `    ${url.startsWith('"') ? `f${url}` : url},`,
      ...(given.length === 0 ? [] : ['    headers={', ...given, '    },']),
      ...(upload === undefined ? [] : [`    data=open('${upload.name}', 'rb'),`]),
      ...(body === undefined ? [] : [`    json=${literal(body, dialects.python, '    ')},`]),
      ')',
      `print(answer.json()['data']${shows === undefined ? '' : `['${shows}']`})`,
    ].join('\n')
  },
}

const variables = /\{([A-Z_]+)\}/g

/** A URL as a text of a program: plain, or with variables in it. */
function urlIn(url: string, quote: string, variable: (name: string) => string): string {
  const filled = url.replaceAll(variables, (_, name: string) => variable(name))
  return filled === url ? `'${url}'` : quote + filled + quote
}

interface Dialect {
  indent: string
  key(name: string): string
  words: Record<string, string>
}

const dialects = {
  javascript: {
    indent: '  ',
    key: (name) => (/^[a-z_]\w*$/i.test(name) ? name : quoted(name)),
    words: { true: 'true', false: 'false', null: 'null' },
  },
  python: { indent: '    ', key: quoted, words: { true: 'True', false: 'False', null: 'None' } },
} satisfies Record<string, Dialect>

const lineMax = 72

/** A value as it is written in a language: on one line if it fits. */
function literal(value: unknown, dialect: Dialect, margin: string): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return dialect.words[String(value)] ?? String(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const inner = margin + dialect.indent
  const parts = Object.entries(value).map(([name, part]) => {
    const text = literal(part, dialect, inner)
    return Array.isArray(value) ? text : `${dialect.key(name)}: ${text}`
  })
  const line = Array.isArray(value) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`
  if (!line.includes('\n') && margin.length + line.length <= lineMax) return line
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${margin}${close}`
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
