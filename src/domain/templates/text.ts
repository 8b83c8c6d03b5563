import type { TemplateContent } from '../messages/content.ts'
import { fieldOf } from '../messages/content/open.ts'
import { isComponent } from '../messages/content/template-components.ts'
import type { Template } from './definition.ts'

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

/** A value as text: its own, or the one that stands in for an amount or a date. */
function shownValue(value: object): string | null {
  const texts = [
    Reflect.get(value, 'text'),
    ...['currency', 'date_time'].map((part) => fieldOf(value, part, 'fallback_value')),
  ]
  return texts.find((text) => typeof text === 'string') ?? null
}
