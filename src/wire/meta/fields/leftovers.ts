/**
 * The keys of a foreign value that a reader knows: `true` where it takes all that is under a key, a shape where it
 * takes some of it. The shape of a list is that of its items.
 */
export interface Shape {
  readonly [key: string]: true | Shape
}

/**
 * The part of a value that a reader has no field for, so that it can be handed on: a copy with the known keys taken
 * out, and without what is empty then. Undefined when everything is known.
 */
export function leftovers(value: unknown, shape: Shape): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => leftovers(item, shape)).filter((item) => item !== undefined)
    return items.length > 0 ? items : undefined
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const rest = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (known === true) return []
    const left = known === undefined ? inner : leftovers(inner, known)
    return left === undefined ? [] : [[key, left]]
  })
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}
