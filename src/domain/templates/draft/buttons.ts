import type { Finding } from '../draft.ts'

type Button = { type: string; [field: string]: unknown }

/** How many there may be of a kind. Kinds that are not here are Meta's to judge. */
const most: Record<string, number> = {
  URL: 2,
  PHONE_NUMBER: 1,
  COPY_CODE: 1,
  FLOW: 1,
  CATALOG: 1,
  MPM: 1,
  QUICK_REPLY: 10,
}

/** The buttons of a marketing or utility template. */
export function checkButtons(buttons: readonly Button[]): Finding[] {
  if (buttons.length === 0) return [{ path: ['buttons'], message: 'is required' }]
  const kinds = buttons.map(({ type }) => type.toUpperCase())
  const findings = buttons.flatMap((button, index) =>
    checkButton(button).map(({ path, message }) => ({ path: ['buttons', index, ...path], message })),
  )
  for (const [kind, max] of Object.entries(most)) {
    const count = kinds.filter((one) => one === kind).length
    if (count > max)
      findings.push({
        path: ['buttons'],
        message: `may have at most ${max} of type ${kind}; it has ${count}`,
      })
  }
  const runs = kinds.filter(
    (kind, index) => kind === 'QUICK_REPLY' && kinds[index - 1] !== 'QUICK_REPLY',
  ).length
  if (runs > 1) findings.push({ path: ['buttons'], message: 'must have its quick replies side by side' })
  return findings
}

function checkButton(button: Button): Finding[] {
  switch (button.type.toUpperCase()) {
    case 'QUICK_REPLY':
      return textOf(button, 'text', 25)
    case 'PHONE_NUMBER':
      return [...textOf(button, 'text', 25), ...textOf(button, 'phone_number', 20)]
    case 'COPY_CODE':
      return textOf(button, 'example', 15)
    case 'URL':
      return [...textOf(button, 'text', 25), ...textOf(button, 'url', 2_000), ...checkUrl(button)]
    case 'OTP':
      return [{ path: ['type'], message: 'OTP is for authentication templates' }]
    default:
      return []
  }
}

function checkUrl({ url, example }: Button): Finding[] {
  if (typeof url !== 'string' || !url.includes('{{')) return []
  if (!/^[^{}]+\{\{\w+\}\}$/.test(url))
    return [{ path: ['url'], message: 'may have one variable, at its end' }]
  const list = Array.isArray(example) ? example : [example]
  return typeof list[0] === 'string' && list[0] !== ''
    ? []
    : [{ path: ['example'], message: 'is required: a whole URL' }]
}

/** A text that must be there, and how long it may be. */
export function textOf(button: Button, field: string, max: number): Finding[] {
  const given = button[field]
  const text: unknown = Array.isArray(given) ? given[0] : given
  if (typeof text !== 'string' || text === '') return [{ path: [field], message: 'is required' }]
  const length = Array.from(text).length
  return length <= max
    ? []
    : [{ path: [field], message: `must have at most ${max} characters; it has ${length}` }]
}
