/** A value that was made to fit, and whether anything had to be left out. */
export interface Fitted<Value> {
  value: Value
  truncated: boolean
}

/** How much of each part is kept, ever less until the whole fits: characters of a text, items of a list. */
const steps = [
  { textMax: 4_096, itemsMax: 500 },
  { textMax: 2_048, itemsMax: 100 },
  { textMax: 1_024, itemsMax: 50 },
  { textMax: 512, itemsMax: 20 },
  { textMax: 256, itemsMax: 10 },
  { textMax: 256, itemsMax: 3 },
] as const
type Step = (typeof steps)[number]

/** An object of ours has fewer fields, so its shape stays; longer ones come from outside. */
const fieldsMin = 40
const keyMax = 256

/**
 * A value as JSON of at most `bytesMax` bytes, nested at most `depthMax` deep: as it is when it fits; else with its
 * texts and lists cut until it does; null when even that does not help.
 */
export function fitJson(
  value: unknown,
  { bytesMax, depthMax = 32 }: { bytesMax: number; depthMax?: number },
): Fitted<unknown> {
  if (isShallow(value, depthMax) && bytesOf(value) <= bytesMax) return { value, truncated: false }
  for (const step of steps) {
    const cut = cutTo(value, step, depthMax)
    if (bytesOf(cut) <= bytesMax) return { value: cut, truncated: true }
  }
  return { value: null, truncated: true }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}

/** Whether a value is nested no deeper. One that is cannot be written as JSON by every program. */
export function isShallow(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depthMax > 0 && Object.values(value).every((inner) => isShallow(inner, depthMax - 1))
}

function cutTo(value: unknown, step: Step, depthLeft: number): unknown {
  if (typeof value === 'string') return cutText(value, step.textMax)
  if (typeof value !== 'object' || value === null) return value
  if (depthLeft === 0) return null
  if (Array.isArray(value)) {
    return value.slice(0, step.itemsMax).map((item) => cutTo(item, step, depthLeft - 1))
  }
  const fields = Object.entries(value)
    .filter(([key]) => key.length <= keyMax)
    .slice(0, Math.max(fieldsMin, step.itemsMax))
  return Object.fromEntries(fields.map(([key, inner]) => [key, cutTo(inner, step, depthLeft - 1)]))
}

/** The beginning of a text, which does not end in half of a character. */
export function cutText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  const cut = text.slice(0, charactersMax)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}
