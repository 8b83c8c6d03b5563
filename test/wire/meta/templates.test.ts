import { expect, test } from 'vitest'
import { readTemplatePage, templatesPath } from '../../../src/wire/meta/templates.ts'

const component = { type: 'BODY', text: 'Hi {{1}}', example: { body_text: [['Ana']] } }
const raw = {
  id: '1689556908129832',
  name: 'order_ready',
  language: 'en_US',
  status: 'APPROVED',
  category: 'UTILITY',
  rejected_reason: 'NONE',
  components: [component],
}
const template = {
  name: 'order_ready',
  language: 'en_US',
  externalId: '1689556908129832',
  status: 'APPROVED',
  reason: null,
  category: 'UTILITY',
  components: [component],
}

test('a template is read with its components as Meta shapes them', () => {
  expect(readTemplatePage({ data: [raw] })).toEqual({ templates: [template], after: null })
})

test.each([
  ['a number as id', { id: 1_689_556 }, { externalId: '1689556' }],
  ['no id', { id: undefined }, { externalId: null }],
  ['a reason', { rejected_reason: 'ABUSIVE_CONTENT' }, { reason: 'ABUSIVE_CONTENT' }],
  ['no reason', { rejected_reason: undefined }, { reason: null }],
  ['null in place of a category', { category: null }, { category: null }],
  ['no components', { components: undefined }, { components: [] }],
  [
    'components that we do not know',
    { components: [{ type: 'HOLOGRAM', beam: 7 }] },
    { components: [{ type: 'HOLOGRAM', beam: 7 }] },
  ],
])('with %s', (_what, fields, read) => {
  expect(readTemplatePage({ data: [{ ...raw, ...fields }] })?.templates).toEqual([{ ...template, ...read }])
})

test('only a page with a next link has one after it: the last one has cursors too', () => {
  const cursors = { before: 'MQ==', after: 'MjU=' }
  const next = 'https://graph.facebook.com/v23.0/1/message_templates?after=MjU%3D'
  expect(readTemplatePage({ data: [raw], paging: { cursors, next } })?.after).toBe('MjU=')
  expect(readTemplatePage({ data: [raw], paging: { cursors } })?.after).toBeNull()
})

test.each([
  [null],
  [{}],
  [{ data: 'x' }],
  [{ data: [raw, { ...raw, name: undefined }] }],
  [{ data: [{ ...raw, components: 'x' }] }],
  [{ data: [{ ...raw, components: [{ type: 'BUTTONS', buttons: 'x' }] }] }],
])('a page with anything unreadable is no page: %j', (body) => {
  expect(readTemplatePage(body)).toBeNull()
})

test('a page is asked for with the fields that are needed, from the cursor on', () => {
  expect(templatesPath('123', null)).toBe(
    '123/message_templates?fields=id%2Cname%2Clanguage%2Cstatus%2Ccategory%2Ccomponents%2Crejected_reason&limit=100',
  )
  expect(new URLSearchParams(templatesPath('123', 'a&b=c').split('?')[1]).get('after')).toBe('a&b=c')
})
