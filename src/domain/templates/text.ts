import type { TemplateContent } from '../messages/content.ts'
import { fieldOf } from '../messages/content/open.ts'
import { isComponent } from '../messages/content/template-components.ts'
import type { DefinedComponent, Template } from './definition.ts'

/** The text of a template's body as its reader sees it; null where its definition has none. */
export function filledText({ components }: Template, sent: TemplateContent): string | null {
  const body = components.find(({ type }) => type.toUpperCase() === 'BODY')?.text
  if (body === undefined) return null
  const given = (sent.components ?? []).flatMap((one) =>
    isComponent(one, 'body') ? (one.parameters ?? []) : [],
  )
  return withValues(body, (name) => {
    const value =
      given.find((one) => 'parameter_name' in one && one.parameter_name === name) ?? given[Number(name) - 1]
    return value === undefined ? null : shownValue(value)
  })
}

/** A text with values in the places of its variables, `{{1}}` or `{{name}}`; one without a value stays. */
function withValues(text: string, valueOf: (name: string) => unknown): string {
  return text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (variable, name: string) => {
    const value = valueOf(name)
    return typeof value === 'string' ? value : variable
  })
}

/** The text of a component that is not sent yet, with its examples in the places of its variables. */
export function exampleText(component: DefinedComponent | undefined): string | null {
  if (component?.text === undefined) return null
  const part = component.type.toLowerCase()
  const named = fieldOf(component, 'example', `${part}_text_named_params`)
  const listed = fieldOf(component, 'example', `${part}_text`)
  const first: unknown = Array.isArray(listed) && Array.isArray(listed[0]) ? listed[0] : listed
  return withValues(component.text, (name) => {
    const byName: unknown = Array.isArray(named)
      ? named.find((one) => fieldOf(one, 'param_name') === name)
      : undefined
    if (byName !== undefined) return fieldOf(byName, 'example')
    return Array.isArray(first) ? first[Number(name) - 1] : null
  })
}

/** A value as text: its own, or the one that stands in for an amount or a date. */
function shownValue(value: object): string | null {
  const texts = [
    Reflect.get(value, 'text'),
    ...['currency', 'date_time'].map((part) => fieldOf(value, part, 'fallback_value')),
  ]
  return texts.find((text) => typeof text === 'string') ?? null
}
