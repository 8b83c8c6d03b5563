import type { MediaContent, MessageContent, TemplateContent } from '../content.ts'
import type { Template } from '../../templates/definition.ts'
import { filledText } from '../../templates/text.ts'
import type { Interactive } from './interactive.ts'
import { fieldOf } from './open.ts'
import { isComponent } from './template-components.ts'

/** In characters, as many as a text may have. */
const readableMax = 4_096

/**
 * The text a person would read in a list of messages: the body, the caption, or what stands in for one. `definition` is
 * that of a template, where it is known.
 */
export function readableBody(content: MessageContent, definition: Template | null): string | null {
  const filled = content.type === 'template' && definition !== null ? filledText(definition, content) : null
  const text = filled ?? textOf(content)
  return text === null || text.length <= readableMax ? text : Array.from(text).slice(0, readableMax).join('')
}

function textOf(content: MessageContent): string | null {
  switch (content.type) {
    case 'text':
      return content.body
    case 'template':
      return templateText(content)
    case 'media':
      return mediaText(content)
    case 'reaction':
      return content.emoji
    case 'interactive':
      return interactiveText(content.interactive)
    case 'location':
      return content.name ?? content.address ?? `${content.latitude}, ${content.longitude}`
    case 'contacts':
      return content.contacts.map((card) => card.name.formatted_name).join(', ')
  }
}

function mediaText({ caption, filename }: MediaContent): string | null {
  return caption ?? filename ?? null
}

/** Of a template that the provider alone knows: its name, and the texts that fill its body. */
function templateText({ name, components = [] }: TemplateContent): string {
  const parameters = components.flatMap((one) => (isComponent(one, 'body') ? (one.parameters ?? []) : []))
  const texts = parameters.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  )
  return texts.length === 0 ? name : `${name}: ${texts.join(', ')}`
}

/** The text of its body, or of what else it shows; the name of its kind where nothing of it is text. */
function interactiveText(interactive: Interactive): string {
  const texts = ['body', 'header', 'footer'].map((part) => fieldOf(interactive, part, 'text'))
  const shown = texts.find((text) => typeof text === 'string')
  return typeof shown === 'string' ? shown : interactive.type
}
