import type { DraftComponent, Finding } from '../draft.ts'
import { checkButtons } from './buttons.ts'
import { checkVariables, variablesIn } from './variables.ts'

/** The components of a marketing or utility template. Those that we do not know are Meta's to judge. */
export function checkComponents(components: readonly DraftComponent[]): Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const [index, component] of components.entries()) {
    const type = component.type.toUpperCase()
    if (seen.has(type))
      findings.push({ path: ['components', index], message: `is a second ${type}: there may be one` })
    seen.add(type)
    const found = checks[type]?.(component) ?? []
    findings.push(...found.map(({ path, message }) => ({ path: ['components', index, ...path], message })))
  }
  if (!seen.has('BODY'))
    findings.push({ path: ['components'], message: 'needs a component of type BODY, with its text' })
  return findings
}

const checks: Record<string, (component: DraftComponent) => Finding[]> = {
  HEADER: checkHeader,
  BODY: (body) => checkText(body, { max: 1_024, variablesMax: Infinity, example: 'body_text' }),
  FOOTER: checkFooter,
  BUTTONS: ({ buttons }) => checkButtons(buttons ?? []),
}

const fileFormats = ['IMAGE', 'VIDEO', 'DOCUMENT']
const formats = ['TEXT', ...fileFormats, 'LOCATION']

function checkHeader(header: DraftComponent): Finding[] {
  const format = (header.format ?? '').toUpperCase()
  if (!formats.includes(format)) {
    return [{ path: ['format'], message: `must be one of: ${formats.join(', ')}` }]
  }
  if (format === 'TEXT') return checkText(header, { max: 60, variablesMax: 1, example: 'header_text' })
  const example = header['example']
  const handles =
    typeof example === 'object' && example !== null ? Reflect.get(example, 'header_handle') : undefined
  const hasHandle = Array.isArray(handles) && typeof handles[0] === 'string' && handles[0] !== ''
  if (!fileFormats.includes(format) || hasHandle) return []
  return [
    {
      path: ['example', 'header_handle'],
      message: 'is required: the handle of a sample file, in a list, from the upload of template files',
    },
  ]
}

function checkFooter({ text = '' }: DraftComponent): Finding[] {
  const findings = checkLength(text, 60)
  if (variablesIn(text).length > 0) findings.push({ path: ['text'], message: 'may have no variables' })
  return findings
}

function checkText(
  component: DraftComponent,
  { max, variablesMax, example }: { max: number; variablesMax: number; example: 'body_text' | 'header_text' },
): Finding[] {
  const { text = '' } = component
  const findings = checkLength(text, max)
  if (variablesIn(text).length > variablesMax) {
    findings.push({ path: ['text'], message: `may have at most ${variablesMax} variable` })
  }
  return [...findings, ...checkVariables(text, component['example'], example)]
}

function checkLength(text: string, max: number): Finding[] {
  const length = Array.from(text).length
  if (length === 0) return [{ path: ['text'], message: 'is required' }]
  return length <= max
    ? []
    : [{ path: ['text'], message: `must have at most ${max} characters; it has ${length}` }]
}
