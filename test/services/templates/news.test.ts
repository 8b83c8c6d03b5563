import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyTemplateUpdates } from '../../../src/db/stores/templates/templates.ts'
import { connectBusiness, orderReady, tellTemplate, type Business } from '../../support/businesses.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

/** An account that hears the news of templates. */
async function listener(
  templates: Record<string, unknown>[] = [orderReady],
): Promise<Business & { heard: () => any[] }> {
  const business = await connectBusiness(hermod, templates)
  const path = `/news-of-${business.wabaId}-${business.phoneNumberId}`
  const endpoint = {
    url: `${hermod.receiver.url}${path}`,
    events: ['template.status_updated'],
    ordered: true,
  }
  const made = await hermod.call('POST', '/webhook-endpoints', { key: business.key, body: endpoint })
  expect(made.status).toBe(201)
  const heard = () =>
    hermod.receiver.deliveries.filter((one) => one.path === path).map(({ body }) => JSON.parse(body).data)
  return { ...business, heard }
}

const read = (key: string) => hermod.call('GET', '/templates', { key })
const some = (heard: () => any[], count = 1) => until(heard, ({ length }) => length >= count, 'the news')

const rejection = {
  message_template_category: 'MARKETING',
  rejection_info: {
    reason: 'Your template has parameters placed next to each other.',
    recommendation: 'Separate parameters with descriptive text.',
  },
}

describe('the first news of a template is told', () => {
  test('when the list did not have it: approved', async () => {
    const { key, wabaId, heard } = await listener()
    await read(key)
    await tellTemplate(hermod, wabaId, 'APPROVED', { name: 'brand_new' })
    expect(await some(heard)).toMatchObject([
      { name: 'brand_new', language: 'en_US', status: 'APPROVED', previousStatus: null, reason: null },
    ])
    const send = { to: '14155552671', template: { name: 'brand_new', language: 'en_US' } }
    expect((await hermod.call('POST', '/send-message', { key, body: send })).status).toBe(202)
  })

  test('with the reasons: rejected', async () => {
    const { key, wabaId, heard } = await listener()
    await read(key)
    await tellTemplate(hermod, wabaId, 'REJECTED', {
      name: 'promo',
      reason: 'INVALID_FORMAT',
      more: rejection,
    })
    expect(await some(heard)).toMatchObject([
      {
        name: 'promo',
        status: 'REJECTED',
        previousStatus: null,
        category: 'MARKETING',
        reason: 'INVALID_FORMAT',
        description: rejection.rejection_info.reason,
        recommendation: rejection.rejection_info.recommendation,
        provider: { event: 'REJECTED', ...rejection },
      },
    ])
    const send = { to: '14155552671', template: { name: 'promo', language: 'en_US' } }
    const refused = await hermod.call('POST', '/send-message', { key, body: send })
    expect(refused.status).toBe(400)
    expect(refused.body.details[0].message).toMatch(/rejected by Meta.*INVALID_FORMAT/)
  })

  test('when nobody ever read the list', async () => {
    const { wabaId, heard } = await listener([orderReady, { ...orderReady, name: 'other' }])
    await tellTemplate(hermod, wabaId, 'APPROVED')
    expect(await some(heard)).toMatchObject([
      { name: 'order_ready', status: 'APPROVED', previousStatus: null },
    ])
  })

  test('when a reading found its status before the news came', async () => {
    const { key, wabaId, heard } = await listener()
    await read(key)
    await tellTemplate(hermod, wabaId, 'APPROVED', { time: Math.floor(Date.now() / 1_000) - 60 })
    expect(await some(heard)).toMatchObject([{ name: 'order_ready', status: 'APPROVED' }])
  })

  test('when a later reading finds it, though no news ever came', async () => {
    const { key, wabaId, heard } = await listener()
    await read(key)
    hermod.graph.control.setTemplates([orderReady, { ...orderReady, name: 'quiet' }], wabaId)
    const send = { to: '14155552671', template: { name: 'quiet', language: 'en_US' } }
    await hermod.call('POST', '/send-message', { key, body: send })
    expect(await some(heard)).toMatchObject([{ name: 'quiet', status: 'APPROVED', previousStatus: null }])
  })
})

test('news that come again, in either spelling of the language, are told once', async () => {
  const { key, wabaId, heard } = await listener()
  await read(key)
  for (const language of ['en_US', 'en-US', 'en_US']) {
    await tellTemplate(hermod, wabaId, 'APPROVED', { name: 'brand_new', language })
  }
  await tellTemplate(hermod, wabaId, 'PAUSED', { name: 'brand_new' })
  expect((await some(heard, 2)).map(({ status }) => status)).toEqual(['APPROVED', 'PAUSED'])
})

test('of what is too large, the words are told without the whole', async () => {
  const { key, wabaId, heard } = await listener()
  await read(key)
  const more = { ...rejection, filler: 'x'.repeat(20_000) }
  await tellTemplate(hermod, wabaId, 'REJECTED', { name: 'promo', more })
  expect(await some(heard)).toMatchObject([{ description: rejection.rejection_info.reason, provider: null }])
})

test('two secrets that vouch for the same news make one event', async () => {
  const { key, wabaId, accountId, heard } = await listener()
  await read(key)
  const { db } = hermod.service.ctx
  const update = {
    businessAccountId: wabaId,
    name: 'twice',
    language: 'en_US',
    status: 'APPROVED',
    reason: null,
    category: null,
    at: new Date(),
  }
  const { changes } = await applyTemplateUpdates(
    db,
    [
      { ...update, accountId: null },
      { ...update, accountId },
    ],
    new Date(),
  )
  expect(changes).toHaveLength(1)
  expect(heard()).toEqual([])
})
