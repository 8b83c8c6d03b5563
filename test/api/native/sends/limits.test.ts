import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits, type Limit } from '../../../wire/meta/samples/limits.ts'
import type { Json } from '../../../wire/meta/samples/sample.ts'
import { sendSamples } from '../../../wire/meta/samples/sends.ts'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'
import { askedFor } from './asked-for.ts'

/**
 * A send that keeps to Meta's limits is taken, and one that does not is refused before it fails at Meta, with the
 * field and the limit. Where Meta's own pages differ, or nobody is sure, the larger number holds.
 */

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  key = await hermod.register()
})
afterAll(() => hermod.stop())

/** Set by us, not by the app. */
const ours = new Set(['biz_opaque_callback_data'])
const checked = limits.filter(({ path }) => !ours.has(path))
const certain = checked.filter(({ confidence }) => confidence !== 'third-party')

describe('a send is taken at the limit of', () => {
  test.each(checked)('$of: $path, $max', async (limit) => {
    const answer = await sendWith(limit, limit.max)
    expect(answer.body).toMatchObject({ success: true })
  })
})

describe('a send is refused beyond the limit of', () => {
  test.each(certain)('$of: $path, $max', async (limit) => {
    const answer = await sendWith(limit, limit.max + 1)
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
    const [detail] = answer.body.details
    expect(detail.path).toBe(`body.${nativePath(placesOf(bodyWith(limit), keysOf(limit))[0] ?? [])}`)
    expect(detail.message).toContain(`at most ${limit.max}`)
  })
})

/** Templates are as long as they were made, which Hermod knows where it knows the template. */
const leastOf = certain.filter(({ min, path }) => min !== undefined && !path.startsWith('template'))

describe('a send is refused below the least of', () => {
  test.each(leastOf)('$of: $path, $min', async (limit) => {
    const answer = await sendWith(limit, (limit.min ?? 0) - 1)
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
  })
})

test('characters are counted as people count them', async () => {
  const title = (length: number) => ({
    type: 'button',
    body: { text: 'Well?' },
    action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: '😀'.repeat(length) } }] },
  })
  expect((await send({ interactive: title(20) })).status).toBe(202)
  const refused = await send({ interactive: title(21) })
  expect(refused.body.details).toEqual([
    {
      path: 'body.interactive.action.buttons.0.reply.title',
      message: 'must have at most 20 characters; it has 21',
    },
  ])
})

test('rows count over all sections', async () => {
  const rows = (count: number) => Array.from({ length: count }, (_, row) => ({ id: `${row}`, title: 'Row' }))
  const interactive = {
    type: 'list',
    body: { text: 'Which one?' },
    action: {
      button: 'Choose',
      sections: [
        { title: 'One', rows: rows(6) },
        { title: 'Two', rows: rows(5) },
      ],
    },
  }
  const refused = await send({ interactive })
  expect(refused.body.details).toEqual([
    {
      path: 'body.interactive.action.sections',
      message: 'must have at most 10 rows over all sections; there are 11',
    },
  ])
})

function send(fields: Json): Promise<Answer> {
  return hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', session: 'sandbox', ...fields },
  })
}

/** Sends the first sample that has the limited field, made this large. */
function sendWith(limit: Limit, size: number): Promise<Answer> {
  const body = structuredClone(bodyWith(limit))
  const [place = []] = placesOf(body, keysOf(limit))
  const holder = Object(at(body, place.slice(0, -1)))
  const name = place.at(-1) ?? ''
  holder[name] =
    limit.what === 'length' ? 'x'.repeat(size) : Array.from({ length: size }, () => holder[name].at(-1))
  // What is in the other sections counts, too.
  if (limit.note?.includes('all sections')) {
    const action = at(body, ['interactive', 'action'])
    Object.assign(Object(action), { sections: Object(action).sections.slice(0, 1) })
  }
  return send(askedFor(body))
}

function bodyWith(limit: Limit): Json {
  const found = sendSamples.find(({ body }) => {
    const kinds = [body['type'], at(body, ['interactive', 'type'])]
    return kinds.includes(limit.of) && placesOf(body, keysOf(limit)).length > 0
  })
  if (found === undefined) throw new Error(`no sample has ${limit.of} ${limit.path}`)
  return found.body
}

const keysOf = ({ path }: Limit) => path.replaceAll('[]', '.*').split('.')

/** The places in a body that a path leads to; `*` stands for each item of a list. */
function placesOf(value: unknown, [key, ...rest]: string[]): string[][] {
  if (key === undefined) return value === undefined ? [] : [[]]
  if (typeof value !== 'object' || value === null) return []
  const names = key === '*' ? Object.keys(value) : [key]
  return names.flatMap((name) => placesOf(at(value, [name]), rest).map((place) => [name, ...place]))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => Object(inner)[name], value)
}

/** A place in Meta's body, as the native API names it. */
function nativePath(place: readonly string[]): string {
  const path = place.join('.')
  return path.replace(/^text\.body$/, 'message').replace(/^(image|video|audio|document|sticker)\./, 'media.')
}
