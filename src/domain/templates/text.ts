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
  return body.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (placeholder, name: string) => {
    const value =
      given.find((one) => 'parameter_name' in one && one.parameter_name === name) ?? given[Number(name) - 1]
    return (value === undefined ? null : shownValue(value)) ?? placeholder
  })
}

/** The text of a component that is not sent yet, with its examples in the places of its variables. */
export function exampleText(component: DefinedComponent | undefined): string | null {
  if (component?.text === undefined) return null
  const part = component.type.toLowerCase()
  const named = fieldOf(component, 'example', `${part}_text_named_params`)
  const listed = fieldOf(component, 'example', `${part}_text`)
  const first: unknown = Array.isArray(listed) && Array.isArray(listed[0]) ? listed[0] : listed
  return component.text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (placeholder, name: string) => {
    const byName: unknown = Array.isArray(named)
      ? named.find((one) => fieldOf(one, 'param_name') === name)
      : undefined
    const value =
      byName === undefined
        ? Array.isArray(first)
          ? first[Number(name) - 1]
          : undefined
        : fieldOf(byName, 'example')
    return typeof value === 'string' ? value : placeholder
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
