import { isJson, type Json } from '../http.ts'

/** Reads a form-encoded body as Stripe does: `line_items[0][price]=price_1` is a list of one object. */
export function parseForm(text: string): Json {
  const root: Json = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/\[|\]\[|\]/).filter((part) => part !== '')
    assign(root, path, value)
  }
  return root
}

function assign(target: Json, [name = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    target[name] = value
    return
  }
  const inner = target[name]
  const next: Json = isJson(inner) ? inner : {}
  target[name] = next
  assign(next, rest, value)
}

/** The value at a path such as `line_items.0.price`, as text; null when there is none. */
export function textAt(form: Json, path: string): string | null {
  const found = path.split('.').reduce<unknown>((at, name) => (isJson(at) ? at[name] : undefined), form)
  return typeof found === 'string' ? found : null
}
