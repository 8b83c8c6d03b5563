/** A call that the guide shows in every language. Capitals in braces in the path are variables of the reader’s. */
export interface Sample {
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  /** A file of the reader’s that is the body, in the place of `body`. */
  file?: { name: string; type: string }
  headers?: Record<string, string>
  /** Without a key. */
  open?: boolean
  /** The field of `data` that the reader needs next; all of `data` if absent. */
  shows?: string
}

export const languages = ['curl', 'javascript', 'python'] as const
export type Language = (typeof languages)[number]

/** Node’s environment as a sample names it. Put together, because a test finds those who read our own. */
export const nodeEnv = ['process', 'env'].join('.')

/** A call as a program that runs as it stands, once HERMOD_KEY and the variables of its path are set. */
export function write(sample: Sample, language: Language, base: string): string {
  return writers[language](sample, base)
}

const writers: Record<Language, (sample: Sample, base: string) => string> = {
  curl({ method, path, body, file, headers, open }, base) {
    const url = base + path.replaceAll(variables, '$$$1')
    const lines = [
      `curl${method === 'GET' ? '' : ` -X ${method}`} "${url}"`,
      ...(open === true ? [] : ['-H "Authorization: Bearer $HERMOD_KEY"']),
      ...(body === undefined ? [] : ["-H 'Content-Type: application/json'"]),
      ...(file === undefined ? [] : [`-H 'Content-Type: ${file.type}'`]),
      ...Object.entries(headers ?? {}).map(([name, value]) => `-H '${name}: ${value}'`),
      ...(file === undefined ? [] : [`--data-binary @${file.name}`]),
      ...(body === undefined ? [] : [`-d '${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}'`]),
    ]
    return lines.join(' \\\n  ')
  },

  javascript({ method, path, body, file, headers, open, shows }, base) {
    const given = [
      ...(open === true ? [] : [`    Authorization: \`Bearer \${${nodeEnv}.HERMOD_KEY}\`,`]),
      ...(body === undefined ? [] : ["    'Content-Type': 'application/json',"]),
      ...(file === undefined ? [] : [`    'Content-Type': '${file.type}',`]),
      ...Object.entries(headers ?? {}).map(([name, value]) => `    '${name}': '${value}',`),
    ]
    return [
      ...(file === undefined ? [] : ["import { readFile } from 'node:fs/promises'", '']),
      `const response = await fetch(${urlIn(base + path, '`', (name) => `\${${nodeEnv}.${name}}`)}, {`,
      ...(method === 'GET' ? [] : [`  method: '${method}',`]),
      '  headers: {',
      ...given,
      '  },',
      ...(file === undefined ? [] : [`  body: await readFile('${file.name}'),`]),
      ...(body === undefined ? [] : [`  body: JSON.stringify(${literal(body, dialects.javascript, '  ')}),`]),
      '})',
      'const { data } = await response.json()',
      `console.log(data${shows === undefined ? '' : `.${shows}`})`,
    ].join('\n')
  },

  python({ method, path, body, file, headers, open, shows }, base) {
    const given = [
      ...(open === true ? [] : ["        'Authorization': 'Bearer ' + os.environ['HERMOD_KEY'],"]),
      ...(file === undefined ? [] : [`        'Content-Type': '${file.type}',`]),
      ...Object.entries(headers ?? {}).map(([name, value]) => `        '${name}': '${value}',`),
    ]
    const url = urlIn(base + path, '"', (name) => `{os.environ['${name}']}`)
    return [
      `import ${given.length === 0 ? '' : 'os, '}requests`,
      '',
      `answer = requests.${method.toLowerCase()}(`,
      `    ${url.startsWith('"') ? `f${url}` : url},`,
      ...(given.length === 0 ? [] : ['    headers={', ...given, '    },']),
      ...(file === undefined ? [] : [`    data=open('${file.name}', 'rb'),`]),
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
