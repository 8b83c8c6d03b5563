import type { Field } from '../app-error.ts'
import type { MessageContent } from './content.ts'

/** A URL that a message names for the provider to fetch, and where it stands in the message. */
export interface Link {
  url: string
  path: Field
}

/** The URLs of a message that its provider would fetch. What people may tap on is theirs to judge. */
export function linksOf(content: MessageContent): Link[] {
  switch (content.type) {
    case 'media':
      return content.url === undefined ? [] : [{ url: content.url, path: 'media.url' }]
    case 'interactive': {
      const { header } = content.interactive
      return header === undefined ? [] : linkIn(header, 'interactive.header')
    }
    case 'template':
      return linksOfComponents(content.components ?? [], 'template.components')
    case 'text':
    case 'reaction':
    case 'location':
    case 'contacts':
      return []
  }
}

type Component = NonNullable<Extract<MessageContent, { type: 'template' }>['components']>[number]

function linksOfComponents(components: readonly Component[], path: Place): Link[] {
  return components.flatMap((component, index) => {
    const at: Place = `${path}.${index}`
    if (component.type === 'carousel') {
      return component.cards.flatMap((card, position) =>
        linksOfComponents(card.components, `${at}.cards.${position}.components`),
      )
    }
    return (component.parameters ?? []).flatMap((parameter, position) =>
      linkIn(parameter, `${at}.parameters.${position}`),
    )
  })
}

type Place = `${'template' | 'interactive'}.${string}`
type Holder = { type: string; image?: Media; video?: Media; document?: Media }
type Media = { link?: string | undefined }

function linkIn({ type, image, video, document }: Holder, path: Place): Link[] {
  const url = (image ?? video ?? document)?.link
  return url === undefined ? [] : [{ url, path: `${path}.${type}.link` }]
}
