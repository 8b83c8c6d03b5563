import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../../../wire/meta/samples/sample.ts'
import { sendSamples } from '../../../wire/meta/samples/sends.ts'
import { askedFor } from './asked-for.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'

/**
 * Every send that Meta documents can be asked for through the native API, and reaches Meta as documented.
 */

let hermod: TestService
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  key = await hermod.connect()
})
afterAll(() => hermod.stop())

/** Documented sends that the API has no field for. */
const withoutField: Record<string, string> = {
  'pin, in a group': 'messages are not pinned',
  'text, to someone whose identity must not have changed': 'the identity check is not offered',
}

const sends = sendSamples.filter(({ name }) => !Object.hasOwn(withoutField, name))

test.each(sends)('$name is taken and reaches Meta as documented', async ({ body }) => {
  const { to, recipient } = body
  const answer = await hermod.call('POST', '/send-message', {
    key,
    body: { to: to ?? recipient, ...askedFor(body) },
  })
  expect(answer).toMatchObject({ status: 202 })
  const { id } = answer.body.data
  expect(comparable(await sentToGraph(id))).toEqual(comparable({ ...body, ...frameOf(body, id) }))
  if (isWordless(body)) return
  const { body: read } = await hermod.call('GET', `/messages/${id}`, { key })
  expect(read.data.body).toMatch(/./)
})

test('what is left out is documented', () => {
  expect(sendSamples.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(withoutField)))
})

async function sentToGraph(id: string): Promise<unknown> {
  const [message] = await until(
    () => hermod.graph.control.ledger.byCorrelation(id),
    (accepted) => accepted.length > 0,
    `message ${id} at Graph`,
  )
  return message?.body
}

/** A file without a caption, and a reaction that was taken back: nothing of them can be read. */
function isWordless(body: Json): boolean {
  const { caption, filename, emoji, link, id } = Object(body[String(body['type'])])
  return emoji === '' || ((link ?? id) !== undefined && (caption ?? filename) === undefined)
}

/** What we add to each message, or say where Meta has it implied; one recipient is enough. */
function frameOf(body: Json, id: string): Json {
  return {
    type: 'text',
    recipient_type: body['recipient_type'] ?? 'individual',
    biz_opaque_callback_data: id,
    ...(body['type'] !== undefined && { type: body['type'] }),
    ...(body['to'] !== undefined && { recipient: undefined }),
  }
}

const inEitherCase = new Set(['type', 'sub_type'])
const coordinates = new Set(['latitude', 'longitude'])

/** A body without the liberties that Meta takes itself: the case of types, numbers written as texts, absent fields. */
function comparable(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, inner]) =>
        inner === undefined ? [] : [[name, comparable(inner, name)]],
      ),
    )
  }
  if (typeof value === 'string' && inEitherCase.has(key)) return value.toLowerCase()
  if (coordinates.has(key)) return Number(value)
  return key === 'index' ? String(value) : value
}
