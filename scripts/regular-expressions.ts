import { readdirSync, readFileSync } from 'node:fs'
import pLimit from 'p-limit'
import { check } from 'recheck'
import ts from 'typescript'

// `npm run expressions`: fails when a regular expression of the source can be matched in so many ways that a crafted text
// keeps it busy: its time must grow with the length of the text, or little faster.

interface Found {
  place: string
  source: string
  flags: string
}

/** The regular expressions of a file: its literals, and those that are made from one literal text. */
function expressionsOf(file: string): Found[] {
  const parsed = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Found[] = []
  const keep = (node: ts.Node, source: string, flags: string): void => {
    const { line } = parsed.getLineAndCharacterOfPosition(node.getStart())
    found.push({ place: `${file}:${line + 1}`, source, flags })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      keep(node, node.text.slice(1, end), node.text.slice(end + 1))
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') {
      const [source, flags] = node.arguments ?? []
      if (source !== undefined && ts.isStringLiteralLike(source)) {
        keep(node, source.text, flags !== undefined && ts.isStringLiteralLike(flags) ? flags.text : '')
      }
    }
    node.forEachChild(visit)
  }
  visit(parsed)
  return found
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('db/generated/'))
  .map((file) => `src/${file}`)
const expressions = files.flatMap(expressionsOf)
const few = pLimit(2)
const judged = await Promise.all(
  expressions.map((one) =>
    few(async () => ({
      ...one,
      result: await check(one.source, one.flags, { timeout: 20_000, randomSeed: 1 }),
    })),
  ),
)
const bad = judged.flatMap(({ place, source, flags, result }) => {
  if (result.status === 'safe') return []
  const why = result.status === 'vulnerable' ? result.complexity.summary : result.error.kind
  return [`${place}: /${source}/${flags} (${why})`]
})
console.log(`${expressions.length} regular expressions, ${bad.length} ambiguous`)
for (const one of bad) console.log(one)
if (bad.length > 0) process.exitCode = 1
