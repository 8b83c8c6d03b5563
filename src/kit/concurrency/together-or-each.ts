/**
 * Runs a set of items at once; when that fails, because of what one of them holds, runs each alone, so that it harms
 * no other. Resolves with one settled result for each item, in their order.
 *
 * `run` resolves with one result for each item. Rejects with an error of the joint run that `isPassing` recognises,
 * which is no fault of any item: nothing was done then. Once items run alone, each one's error is its own result,
 * because others may have succeeded already. `onSplit` gets the error that made the set fall apart.
 */
export async function togetherOrEach<Item, Result>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<Result[]>,
  {
    isPassing = () => false,
    onSplit,
  }: { isPassing?: (error: unknown) => boolean; onSplit?: (error: unknown) => void } = {},
): Promise<PromiseSettledResult<Result>[]> {
  try {
    const results = await run(items)
    return results.map((value) => ({ status: 'fulfilled', value }))
  } catch (error) {
    if (isPassing(error)) throw error
    if (items.length <= 1) return items.map(() => ({ status: 'rejected', reason: error }))
    onSplit?.(error)
    const results: PromiseSettledResult<Result>[] = []
    for (const item of items) results.push(...(await togetherOrEach([item], run)))
    return results
  }
}
