import {
  buttonSubTypes,
  isComponent,
  type KnownComponents,
  type TemplateComponent as SentComponent,
} from '../messages/content/template-components.ts'
import {
  parameterTypes,
  type TemplateParameter as Parameter,
} from '../messages/content/template-parameters.ts'
import type { ButtonSlot, TemplateSlots } from './definition.ts'

type SentButton = KnownComponents['button']

/** The differences between the parameters that a template needs and those that a send gives, as phrases about the template. */
export function checkSlots(slots: TemplateSlots, sent: readonly SentComponent[]): string[] {
  return [...checkPart(slots, sent, ''), ...checkOffer(slots.offer, sent), ...checkCards(slots.cards, sent)]
}

/** The checks that a message and each card of a carousel have in common. `where` names the card. */
function checkPart(slots: TemplateSlots, sent: readonly SentComponent[], where: string): string[] {
  const parametersOf = (type: 'header' | 'body') =>
    sent.flatMap((one) => (isComponent(one, type) ? (one.parameters ?? []) : []))
  return [
    ...checkHeader(slots.header, parametersOf('header'), where),
    ...checkTexts('body', slots.body, parametersOf('body'), where),
    ...checkButtons(
      slots.buttons,
      sent.filter((one) => isComponent(one, 'button')),
      where,
    ),
  ]
}

function checkHeader(slot: TemplateSlots['header'], given: readonly Parameter[], where: string): string[] {
  switch (slot.kind) {
    case 'anything':
      return []
    case 'text':
      return checkTexts('header', slot.placeholders, given, where)
    case 'file': {
      const type = given[0]?.type
      if (type === slot.type || isStrange(type)) return []
      const got = type === undefined ? 'none was given' : `${articled(type)} was given`
      return [`takes ${articled(slot.type)} as its header parameter${where}; ${got}`]
    }
  }
}

const textual = new Set<string>(['text', 'currency', 'date_time'])

/** A type of parameter that we do not know: Meta may have come to take it in any place. */
const isStrange = (type: Parameter['type'] | undefined) => type !== undefined && !parameterTypes.has(type)

/** Parameters that stand in a text, by position or by name. `placeholders` null: they are not known. */
function checkTexts(
  part: 'body' | 'header',
  placeholders: readonly string[] | null,
  given: readonly Parameter[],
  where: string,
): string[] {
  if (placeholders === null) return []
  if (placeholders.length !== given.length) {
    const wanted = counted(placeholders.length, part)
    const names = placeholders.map((name) => `{{${name}}}`).join(', ')
    return [`takes ${wanted}${names && `: ${names}`}${where}; ${given.length} ${wasGiven(given.length)}`]
  }
  const misfit = given.find(({ type }) => !textual.has(type) && !isStrange(type))
  if (misfit !== undefined) {
    return [`takes text, currency or date_time as ${part} parameters${where}; ${misfit.type} was given`]
  }
  return placeholders.some((name) => !/^\d+$/.test(name)) ? checkNames(part, placeholders, given, where) : []
}

function checkNames(
  part: string,
  placeholders: readonly string[],
  given: readonly Parameter[],
  where: string,
): string[] {
  const names = given.map((one) => ('parameter_name' in one ? (one.parameter_name ?? null) : null))
  const missing = placeholders.filter((name) => !names.includes(name))
  if (missing.length === 0) return []
  const list = missing.map((name) => `{{${name}}}`).join(', ')
  return [
    `takes its ${part} parameters by name${where}: ${list} ${missing.length === 1 ? 'is' : 'are'} missing ` +
      '(put the name into parameter_name)',
  ]
}

function checkButtons(slots: readonly ButtonSlot[], sent: readonly SentButton[], where: string): string[] {
  const strangers = sent.filter(({ index }) => index !== undefined && slots[Number(index)] === undefined)
  return [
    ...strangers.map(({ index }) => `has no button ${index}${where}; it has ${slots.length}`),
    ...slots.flatMap((slot, index) =>
      checkButton(
        slot,
        index,
        sent.find((one) => Number(one.index) === index),
        where,
      ),
    ),
  ]
}

const subTypes: readonly string[] = buttonSubTypes

function checkButton(slot: ButtonSlot, index: number, sent: SentButton | undefined, where: string): string[] {
  if (slot.takes === 'anything') return []
  const parameters = sent?.parameters ?? []
  if (slot.takes === 'nothing') {
    return parameters.length === 0 ? [] : [`takes no parameter for its button ${index}${where}`]
  }
  if (sent === undefined) {
    const needed = `needs a component of type button, sub_type ${slot.subType}, index ${index}${where}`
    return slot.required ? [`${needed}, with one parameter of type ${slot.takes}`] : []
  }
  if (!subTypes.includes(sent.sub_type)) return []
  if (sent.sub_type !== slot.subType) {
    return [`has a ${slot.subType} button at index ${index}${where}; sub_type ${sent.sub_type} was given`]
  }
  const [first] = parameters
  if (first === undefined ? !slot.required : first.type === slot.takes || isStrange(first.type)) return []
  const got = first === undefined ? 'none' : articled(first.type)
  return [`takes one parameter of type ${slot.takes} for its button ${index}${where}; ${got} was given`]
}

function checkOffer(slot: TemplateSlots['offer'], sent: readonly SentComponent[]): string[] {
  const given = sent.some((one) => isComponent(one, 'limited_time_offer'))
  if (slot === 'required' && !given) return ['needs a component of type limited_time_offer']
  return slot === 'none' && given ? ['has no limited-time offer'] : []
}

function checkCards(cards: readonly TemplateSlots[] | null, sent: readonly SentComponent[]): string[] {
  const carousel = sent.find((one) => isComponent(one, 'carousel'))
  if (cards === null) return carousel === undefined ? [] : ['has no carousel']
  if (carousel === undefined) return ['needs a component of type carousel']
  return carousel.cards.flatMap(({ card_index, components }) => {
    const slots = cards[card_index]
    if (slots === undefined) return [`has no card ${card_index}; it has ${cards.length}`]
    return checkPart(slots, components, ` on card ${card_index}`)
  })
}

const counted = (count: number, part: string) =>
  `${count === 0 ? 'no' : count} ${part} parameter${count === 1 ? '' : 's'}`
const wasGiven = (count: number) => (count === 1 ? 'was given' : 'were given')
const articled = (word: string) => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`
