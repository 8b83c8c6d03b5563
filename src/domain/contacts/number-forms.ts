/**
 * The other forms in which one and the same number may be known, digits only. Countries that changed their numbering
 * have people whom WhatsApp knows by the old form and others dial by the new one, or the other way round. The forms
 * are candidates to look up, no proof: only the provider knows whom it means. Sources: the numbering plans of the
 * countries; Meta, on the extra digits of Brazil and Mexico.
 */
export function formsOf(number: string): string[] {
  return changes.flatMap(({ from, to }) => {
    const match = from.exec(number)
    const form = match === null ? null : to(match[1] ?? '', match[2] ?? '')
    return form === null ? [] : [form]
  })
}

interface Change {
  from: RegExp
  to(first: string, second: string): string | null
}

const changes: readonly Change[] = [
  // Brazil: a 9 before mobile numbers, which began with 6 to 9.
  { from: /^55(\d{2})9([6-9]\d{7})$/, to: (area, rest) => `55${area}${rest}` },
  { from: /^55(\d{2})([6-9]\d{7})$/, to: (area, rest) => `55${area}9${rest}` },
  // Mexico: a 1 before mobile numbers, until 2019.
  { from: /^521(\d{10})$/, to: (rest) => `52${rest}` },
  { from: /^52(\d{10})$/, to: (rest) => `521${rest}` },
  // Argentina: a 9 before mobile numbers that are dialled from abroad.
  { from: /^549(\d{10})$/, to: (rest) => `54${rest}` },
  { from: /^54(\d{10})$/, to: (rest) => `549${rest}` },
  // Benin: 01 before all numbers, since the end of 2024.
  { from: /^22901(\d{8})$/, to: (rest) => `229${rest}` },
  { from: /^229(\d{8})$/, to: (rest) => `22901${rest}` },
  // Côte d'Ivoire: the operator's two digits before mobile numbers, since 2021.
  {
    from: /^225(\d{2})(\d{8})$/,
    to: (operator, rest) => (operatorOf(rest) === operator ? `225${rest}` : null),
  },
  {
    from: /^225(\d{8})$/,
    to: (rest) => {
      const operator = operatorOf(rest)
      return operator === null ? null : `225${operator}${rest}`
    },
  },
]

/** The digits that were put before an Ivorian mobile number, which its second digit told: Moov, MTN, Orange. */
function operatorOf(rest: string): string | null {
  const second = rest.charAt(1)
  if (second >= '0' && second <= '3') return '01'
  if (second >= '4' && second <= '6') return '05'
  return second >= '7' ? '07' : null
}
