import type { Field } from '../../app-error.ts'
import type { MessageContent } from '../content.ts'
import { fieldOf } from './open.ts'
import { isComponent, type TemplateComponent } from './template-components.ts'

/** A URL that a message names for the provider to fetch, and where it stands in the message. */
export interface Link {
  url: string
  path: Field
}

/**
 * The URLs of a message that its provider would fetch. What people may tap on is theirs to judge, and so are URLs in
 * parts of a kind that we do not know, which nobody on this side ever fetches.
 */
export function linksOf(content: MessageContent): Link[] {
  switch (content.type) {
    case 'media':
      return content.url === undefined ? [] : [{ url: content.url, path: 'media.url' }]
    case 'interactive':
      return linksOfInteractive(content.interactive)
    case 'template':
      return linksOfComponents(content.components ?? [], 'template.components')
    case 'text':
    case 'reaction':
    case 'location':
    case 'contacts':
      return []
  }
}

/** Those of its own header, and of the headers of its cards. */
function linksOfInteractive(interactive: object): Link[] {
  const cards = fieldOf(interactive, 'action', 'cards')
  return [
    ...linkIn(fieldOf(interactive, 'header'), 'interactive.header'),
    ...(Array.isArray(cards) ? cards : []).flatMap((card: unknown, index) =>
      linkIn(fieldOf(card, 'header'), `interactive.action.cards.${index}.header`),
    ),
  ]
}

function linksOfComponents(components: readonly TemplateComponent[], path: Place): Link[] {
  return components.flatMap((component, index) => {
    const at: Place = `${path}.${index}`
    if (isComponent(component, 'carousel')) {
      return component.cards.flatMap((card, position) =>
        linksOfComponents(card.components, `${at}.cards.${position}.components`),
      )
    }
    const parameters = fieldOf(component, 'parameters')
    return (Array.isArray(parameters) ? parameters : []).flatMap((parameter: unknown, position) =>
      linkIn(parameter, `${at}.parameters.${position}`),
    )
  })
}

type Place = `${'template' | 'interactive'}.${string}`
const fetched = ['image', 'video', 'document'] as const

function linkIn(holder: unknown, path: Place): Link[] {
  const type = fetched.find((known) => known === fieldOf(holder, 'type'))
  const url = type === undefined ? undefined : fieldOf(holder, type, 'link')
  return typeof url === 'string' ? [{ url, path: `${path}.${type}.link` }] : []
}
