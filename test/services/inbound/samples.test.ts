import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postCallback } from '../../support/callbacks.ts'
import { defaultContacts, userNumber, type InboundSample, type Json } from '../../wire/meta/samples/sample.ts'
import { inboundSamples } from '../../wire/meta/samples/inbound.ts'
import { openInbox, type Inbox } from '../../support/inbox.ts'
import { expectedAnswers } from './expected-answers.ts'
import { expectedWords } from './expected-words.ts'
import { startTestService, type TestService } from '../../support/service.ts'

const expected = { ...expectedWords, ...expectedAnswers }

let hermod: TestService
let inbox: Inbox
beforeAll(async () => {
  hermod = await startTestService()
  inbox = await openInbox(hermod)
})
afterAll(() => hermod.stop())

const nothingBeside = {
  fromUserId: null,
  username: null,
  group: null,
  forwarded: false,
  frequentlyForwarded: false,
  referral: null,
  product: null,
  errors: null,
  contentTruncated: false,
  rawTruncated: false,
}

/** The value of the change that brings a sample to the inbox's number. */
function valueOf({ payload, contacts = defaultContacts, beside = {} }: InboundSample): Json {
  return {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: inbox.phoneNumberId },
    ...(contacts.length > 0 && { contacts }),
    ...beside,
    messages: [payload],
  }
}

test('every sample has its expectation, and every expectation its sample', () => {
  expect(Object.keys(expected).toSorted()).toEqual(inboundSamples.map(({ name }) => name).toSorted())
})

describe('what a customer sends is told and read alike:', () => {
  test.each(inboundSamples)('$name', async (sample) => {
    const wanted = expected[sample.name] ?? { content: {} }
    const value = valueOf(sample)
    expect((await postCallback(hermod, inbox.callback(value))).status).toBe(200)
    const { read, told } = await inbox.message(String(sample.payload['id']))

    const said = {
      from: wanted.from ?? userNumber,
      type: wanted.type ?? sample.payload['type'],
      body: wanted.body ?? null,
      content: wanted.content,
      replyTo: wanted.replyTo ?? null,
      ...nothingBeside,
      ...errorsOf(sample),
      ...wanted.beside,
      raw: value,
    }
    expect(read).toMatchObject(said)
    expect(read['content']).toEqual(wanted.content)
    expect(told).toMatchObject(said)
    expect(told['content']).toEqual(wanted.content)
  })
})

/** A message's own errors are told word for word. */
function errorsOf({ payload }: InboundSample): Json {
  return payload['errors'] === undefined ? {} : { errors: payload['errors'] }
}
