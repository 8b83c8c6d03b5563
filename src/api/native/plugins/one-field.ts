type Refuse = (field: string, message: string) => void

/**
 * Checks that of several fields exactly one is given, and refuses by the name of the first one, or of the second that
 * is given. `together`: the verb of the refusal, such as `be sent`. Returns the names that are given.
 */
export function checkOneField<Name extends string>(
  value: Partial<Record<Name, unknown>>,
  names: readonly Name[],
  { together, refuse }: { together: string; refuse: Refuse },
): Name[] {
  const [first = '', ...others] = names
  const given = names.filter((name) => value[name] !== undefined)
  if (given.length === 0) refuse(first, `is required, or one of ${others.join(', ')} in its place`)
  if (given.length > 1) {
    refuse(given[1] ?? first, `cannot ${together} together with ${given[0]}: give one of them`)
  }
  return given
}
