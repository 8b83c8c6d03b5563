import { format } from 'sql-formatter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plannerSettings } from '../../../src/db/client.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { connectSql, type Sql } from '../../support/sql.ts'
import { fillDatabase, growing } from './filled-database.ts'
import { namesInSource, recordStatements } from './statements.ts'

// Every statement of the stores stands in sql/, formatted, with the shape of its plan, so that a change of either is
// seen in review. `npx vitest run test/db/stores -u` writes them anew.

const recorded = await recordStatements()

let database: TestDatabase
let sql: Sql
beforeAll(async () => {
  database = await createTestDatabase()
  sql = await connectSql(database.url)
  await fillDatabase(sql)
  await sql.query(plannerSettings)
})
afterAll(async () => {
  await sql.end()
  await database.drop()
})

test('every named statement of the stores is recorded', async () => {
  const names = await namesInSource()
  expect(names.length).toBeGreaterThan(90)
  expect(names.filter((name) => !recorded.has(name))).toEqual([])
})

test('a name stands for one statement: a connection prepares the first that it is given and refuses the other', () => {
  const several = [...recorded].filter(([name, texts]) => name !== '' && texts.size > 1)
  expect(several.map(([name]) => name)).toEqual([])
})

test('no statement has a name in mixed case without quotes: Postgres folds it, and nobody finds its column', () => {
  const bare = [...recorded].flatMap(([name, texts]) =>
    [...texts].flatMap((text) =>
      [...text.replaceAll(/--.*|'[^']*'|"[^"]*"/g, '').matchAll(/[a-z][A-Z]\w*/g)].map(
        ([found]) => `${name}: ${found}`,
      ),
    ),
  )
  expect(bare).toEqual([])
})

/** Statements without a name (the operator's) are numbered in the order of their text. */
const statements = [...recorded].flatMap(([name, texts]) =>
  [...texts]
    .toSorted()
    .map((text, index): [string, string] => [
      [name === '' ? 'operator' : name, ...(texts.size > 1 ? [index + 1] : [])].join('-'),
      text,
    ]),
)

describe('statement', () => {
  test.each(statements)('%s reads as reviewed and scans no table that grows', async (name, text) => {
    const plan = await planOf(text)
    const shape = plan.map(({ depth, line }) => `-- ${'  '.repeat(depth)}${line}`).join('\n')
    const formatted = format(text, {
      language: 'postgresql',
      keywordCase: 'lower',
      paramTypes: { numbered: ['$'] },
    })
    await expect(`${formatted}\n\n-- Plan:\n${shape}\n`).toMatchFileSnapshot(`sql/${name}.sql`)
    const scanned = plan.filter(({ scans }) => scans !== null && growing.has(scans)).map(({ line }) => line)
    expect(scanned.filter((line) => !excused.has(`${name}: ${line}`))).toEqual([])
  })
})

/** Scans that are meant, with the reason. */
const excused = new Set<string>([])

interface PlanLine {
  depth: number
  line: string
  /** The table that this node reads from one end to the other. */
  scans: string | null
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Subplan Name'?: string
  Plans?: PlanNode[]
}

/** The plan that Postgres keeps for a prepared statement, without what changes from run to run. */
async function planOf(text: string): Promise<PlanLine[]> {
  const [row] = await sql.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `explain (generic_plan, costs off, format json) ${text}`,
  )
  const root = row?.['QUERY PLAN'][0]?.Plan
  if (root === undefined) throw new Error('Postgres gave no plan')
  return linesOf(root, 0)
}

function linesOf(node: PlanNode, depth: number): PlanLine[] {
  const { 'Node Type': type, 'Relation Name': table, 'Index Name': index, 'Subplan Name': step } = node
  const line = [
    ...(step === undefined ? [] : [`[${step}]`]),
    type,
    ...(index === undefined ? [] : [`by ${index}`]),
    ...(table === undefined ? [] : [`on ${table}`]),
  ].join(' ')
  return [
    { depth, line, scans: type === 'Seq Scan' ? (table ?? null) : null },
    ...(node.Plans ?? []).flatMap((inner) => linesOf(inner, depth + 1)),
  ]
}
