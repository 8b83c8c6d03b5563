import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectBusiness, countingReads, fits, orderReady } from '../../support/businesses.ts'
import { expectInvalid } from '../../support/refusal.ts'
import { startTestService, type TestService } from '../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const send = (key: string, template: unknown) =>
  hermod.call('POST', '/send-message', { key, body: { to: '14155552671', template } })

/** An account whose list was read while the business had these templates, and then has others. */
async function businessThat(has: Record<string, unknown>[], hasNow: Record<string, unknown>[]) {
  const business = await connectBusiness(hermod, has)
  expect((await hermod.call('GET', '/templates', { key: business.key })).status).toBe(200)
  hermod.graph.control.setTemplates(
    hasNow.map((one) => ({ name: 'x', language: 'en_US', ...one })),
    business.wabaId,
  )
  return business
}

const brandNew = { ...fits, name: 'brand_new' }
const made = { ...orderReady, name: 'brand_new' }
const shorter = { ...orderReady, components: [{ type: 'BODY', text: 'Order {{1}}' }] }

describe('a list that may be old refuses nothing:', () => {
  test.each<[string, Record<string, unknown>[], Record<string, unknown>[], unknown]>([
    ['the template was made since', [orderReady], [orderReady, made], brandNew],
    [
      'the language was added since',
      [orderReady],
      [orderReady, { ...orderReady, language: 'de' }],
      { ...fits, language: 'de' },
    ],
    ['it was pending, and is approved now', [{ ...orderReady, status: 'PENDING' }], [orderReady], fits],
    ['it was rejected, and is approved now', [{ ...orderReady, status: 'REJECTED' }], [orderReady], fits],
    ['it was paused, and is approved now', [{ ...orderReady, status: 'PAUSED' }], [orderReady], fits],
    ['it has other parameters now', [shorter], [orderReady], fits],
  ])('%s', async (_what, has, hasNow, template) => {
    const { key } = await businessThat(has, hasNow)
    expect((await send(key, template)).status).toBe(202)
  })

  test('a refusal comes after Meta was asked, and then stands without asking for each', async () => {
    const { key } = await businessThat([orderReady], [orderReady])
    const asked = await countingReads(hermod, async () => {
      for (let sends = 0; sends < 5; sends += 1)
        expectInvalid(await send(key, brandNew), 'body.template.name')
    })
    expect(asked).toBe(1)
  })

  test('many that are sent at once ask Meta once, and all go out by its answer', async () => {
    const { key } = await businessThat([orderReady], [orderReady, made])
    const asked = await countingReads(
      hermod,
      async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => send(key, brandNew)))
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
      },
      50,
    )
    expect(asked).toBe(1)
  })

  test('however many names are tried, Meta is asked a few times a minute', async () => {
    const { key } = await businessThat([orderReady], [orderReady])
    const asked = await countingReads(hermod, async () => {
      for (let name = 0; name < 12; name += 1) {
        expectInvalid(await send(key, { ...fits, name: `wrong_${name}` }), 'body.template.name')
      }
    })
    expect(asked).toBeLessThanOrEqual(3)
  })

  test('when Meta cannot be asked, the message is let through', async () => {
    const { key } = await businessThat([orderReady], [orderReady])
    hermod.graph.control.rules.replace({
      when: { endpoint: 'templates' },
      outcome: { kind: 'html', status: 502 },
    })
    expect((await send(key, brandNew)).status).toBe(202)
    hermod.graph.control.rules.clear()
  })

  test('when Meta does not answer, the message is let through, and the next ones do not wait', async () => {
    const { key } = await businessThat([orderReady], [orderReady])
    const asked = await countingReads(
      hermod,
      async () => {
        for (let sends = 0; sends < 5; sends += 1) expect((await send(key, brandNew)).status).toBe(202)
      },
      4_000,
    )
    expect(asked).toBeLessThanOrEqual(1)
  })
})

test.each(['en-US', 'en_us', 'EN_US', 'en-us'])(
  'the language %s finds the template in en_US',
  async (language) => {
    const { key } = await businessThat([orderReady], [orderReady])
    const sent = await send(key, { ...fits, language })
    expect(sent.status).toBe(202)
    const message = await hermod.messageUntil(key, sent.body.data.id, ({ status }) => status === 'read')
    expect(message).toMatchObject({ content: { template: { language: 'en_US' } } })
    const listed = await hermod.call('GET', `/templates?language=${language}`, { key })
    expect(listed.body.data).toMatchObject([{ name: 'order_ready', language: 'en_US' }])
  },
)
