/** The words that an app gives around a code, beside those of its service. */
export interface OtpWording {
  /** They take the places `{{1}}`, `{{2}}`, ... of the text or the template. `{code}` in them is the code. */
  values: string[]
  /** The template that has these places, for senders with templates; null: that of the service. */
  template: string | null
}

/** Stands for the code in a value. */
export const codePlace = '{code}'

/** A value with the code in it, where it has its place there. */
export function withCode(value: string, code: string): string {
  return value.replaceAll(codePlace, () => code)
}

/**
 * The values for a template with so many places: as they are given when the code is in one of them, else with the code
 * in the last place. Null when they are too many or too few.
 */
export function valuesForPlaces({ values }: OtpWording, places: number): string[] | null {
  const all = values.some((value) => value.includes(codePlace)) ? values : [...values, codePlace]
  return all.length === places ? all : null
}
