/** The place in a list where a page begins. `cursor` is the `nextCursor` of the page before, and stronger than `page`. */
export interface PageRequest<Cursor = string> {
  limit: number
  page: number
  cursor: Cursor | null
}

/**
 * The limit and offset of the query for a page. The query asks for one row more than the page has, which tells
 * whether there is a next page; with a cursor nothing is skipped.
 */
export function rangeOf({ limit, page, cursor }: PageRequest<unknown>): { limit: number; offset: number } {
  return { limit: limit + 1, offset: cursor === null ? (page - 1) * limit : 0 }
}

/** The rows of a page out of those that the query found, and the cursor of the next page; null: it is the last. */
export function pageOf<Row>(
  found: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => string,
): { rows: Row[]; nextCursor: string | null } {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null }
}
