type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> }

/** The fields that are there. */
export function given<Fields extends Record<string, unknown>>(fields: Fields): Given<Fields> {
  const present: Given<Fields> = {}
  for (const name in fields) {
    const value = fields[name]
    if (isGiven(value)) present[name] = value
  }
  return present
}

function isGiven<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined
}
