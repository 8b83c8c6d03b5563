import { storableText } from '../kit/storable.ts'

/** A value that can be an element of an array parameter. */
type Element = string | number | boolean | Date | null

/**
 * An array as Postgres writes it, for `unnest($1::type[])`. Much cheaper than handing `pg` an array of dates, which
 * it would format one by one.
 */
export function arrayOf(elements: readonly Element[]): string {
  return `{${elements.map(literal).join(',')}}`
}

/** One array a column: the rows of a set, turned on their side for `unnest`. */
export function columnsOf<Row>(rows: readonly Row[], columns: ((row: Row) => Element)[]): string[] {
  return columns.map((read) => arrayOf(rows.map(read)))
}

function literal(element: Element): string {
  if (element === null) return 'NULL'
  if (typeof element === 'string') return quoted(element)
  if (element instanceof Date) return element.toISOString()
  return String(element)
}

const special = /["\\]/
const specials = /["\\]/g

function quoted(given: string): string {
  const text = storableText(given)
  return special.test(text) ? `"${text.replace(specials, '\\$&')}"` : `"${text}"`
}
