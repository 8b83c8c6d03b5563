import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertCallbacks } from '../../../../src/db/stores/callbacks/callbacks.ts'
import { newId } from '../../../../src/kit/id.ts'
import { inboundCallback, postCallback, statusCallback } from '../../../support/callbacks.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'
import { connectTold, type ToldSender } from './told-sender.ts'

let hermod: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

let recipients = 0

/** A message that Graph has taken and not yet answered for. */
async function sendUnanswered(
  sender: ToldSender,
  answerAfterMs = 1_200,
): Promise<{ id: string; wamid: string }> {
  recipients += 1
  const to = `1555014${String(3_000 + recipients)}`
  hermod.graph.control.rules.add({ when: { to }, delayMs: answerAfterMs })
  const answer = await hermod.call('POST', '/send-message', { key: sender.key, body: { to, message: 'Hi' } })
  const id: string = answer.body.data.id
  const [taken] = await until(
    () => hermod.graph.control.ledger.byCorrelation(id),
    (messages) => messages.length > 0,
    'the message at the provider',
  )
  return { id, wamid: taken?.wamid ?? '' }
}

const receipt = (sender: ToldSender, wamid: string, status: 'sent' | 'delivered' | 'read') =>
  statusCallback(sender.phoneNumberId, [{ wamid, status }])

const waiting = (wamid: string) =>
  sql.query('select status from waiting_receipts where external_id = $1', [wamid])

describe('a receipt that names no id of ours', () => {
  test('waits for the answer that it overtook, and moves the message then', async () => {
    const sender = await connectTold(hermod)
    const { id, wamid } = await sendUnanswered(sender)
    await postCallback(hermod, receipt(sender, wamid, 'read'))
    await postCallback(hermod, receipt(sender, wamid, 'delivered'))
    expect(await waiting(wamid)).toHaveLength(2)
    const message = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')
    expect(message.timeline.map(({ status }) => status)).toContain('delivered')
    await until(
      () => waiting(wamid),
      (rows) => rows.length === 0,
      'the receipts to wait no longer',
    )
  })

  test('that comes after the answer moves it at once', async () => {
    const sender = await connectTold(hermod)
    const { id, wamid } = await sender.send()
    await postCallback(hermod, receipt(sender, wamid, 'delivered'))
    expect(await waiting(wamid)).toEqual([])
    const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
    expect(body.data.status).toBe('delivered')
  })

  test('moves it though the process that took the callback died before it could be read', async () => {
    const sender = await connectTold(hermod)
    const { id, wamid } = await sendUnanswered(sender)
    const body = Buffer.from(receipt(sender, wamid, 'delivered'))
    const now = new Date()
    const archived = { id: newId(), provider: 'whatsapp-cloud', sessionId: null, body, receivedAt: now }
    await insertCallbacks(hermod.service.ctx.db, [{ ...archived, dueAt: now }])
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'delivered')
  })

  test('of nobody’s message waits, and is forgotten after a week', async () => {
    const sender = await connectTold(hermod)
    await postCallback(hermod, receipt(sender, 'wamid.of-another-program', 'delivered'))
    expect(await waiting('wamid.of-another-program')).toHaveLength(1)
    await sql.query(
      `update waiting_receipts set created_at = now() - interval '8 days', wake_at = now() where external_id = $1`,
      ['wamid.of-another-program'],
    )
    await until(
      () => waiting('wamid.of-another-program'),
      (rows) => rows.length === 0,
      'the receipt to be forgotten',
    )
  })

  test('of a sender that is nobody’s is not kept', async () => {
    await postCallback(hermod, statusCallback('404404404', [{ wamid: 'wamid.stray', status: 'sent' }]))
    expect(await waiting('wamid.stray')).toEqual([])
  })

  test('never moves the message of another account, whoever claims its number', async () => {
    const owner = await connectTold(hermod)
    const { id, wamid } = await sender404(owner)
    const { body } = await hermod.call('GET', `/messages/${id}`, { key: owner.key })
    expect([wamid.length > 0, body.data.status]).toEqual([true, 'sent'])
  })
})

/** A message of `owner`, for which a receipt comes that another account's number is said to have had. */
async function sender404(owner: ToldSender): Promise<{ id: string; wamid: string }> {
  const other = await connectTold(hermod)
  const sent = await sendUnanswered(owner, 600)
  await postCallback(hermod, receipt(other, sent.wamid, 'delivered'))
  await hermod.messageUntil(owner.key, sent.id, ({ status }) => status === 'sent')
  // A later receipt of the same sweep shows that the first one was looked at.
  const later = await sendUnanswered(owner, 600)
  await postCallback(hermod, receipt(owner, later.wamid, 'delivered'))
  await hermod.messageUntil(owner.key, later.id, ({ status }) => status === 'delivered')
  return sent
}

async function inboundOf(sender: ToldSender): Promise<unknown[]> {
  const { body } = await hermod.call('GET', '/messages?direction=inbound', { key: sender.key })
  return body.data.map(({ externalId }: { externalId: string }) => externalId)
}

describe('what comes for a sender that is not verified', () => {
  test('is kept, and applied once its credentials are verified', async () => {
    const sender = await connectTold(hermod, { verified: false })
    await postCallback(hermod, inboundCallback(sender.phoneNumberId, 'wamid.early-1'))
    expect(await inboundOf(sender)).toEqual([])
    await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
    await until(
      () => inboundOf(sender),
      (found) => found.length > 0,
      'the message',
    )
    await sender.untilTold(({ data }) => data['externalId'] === 'wamid.early-1', 'the event')
    expect(await inboundOf(sender)).toEqual(['wamid.early-1'])
    await until(
      () => sql.query('select from held_callbacks where sender_id = $1', [sender.phoneNumberId]),
      (rows) => rows.length === 0,
      'nothing to be held any more',
    )
  })

  test('is applied once Graph has taken a message of the sender’s', async () => {
    const sender = await connectTold(hermod, { verified: false })
    await postCallback(hermod, inboundCallback(sender.phoneNumberId, 'wamid.early-2'))
    await sender.send()
    await until(
      () => inboundOf(sender),
      (found) => found.length > 0,
      'the message',
    )
    const { body } = await hermod.call('GET', `/sessions/${sender.session}`, { key: sender.key })
    expect(body.data.verifiedAt).not.toBeNull()
    // Often enough for every connection to the database to have seen both ways.
    const verify = () => hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
    const answers = await Promise.all(Array.from({ length: 12 }, verify))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })

  test('goes to the account that proves the number, and not to one that only claims it', async () => {
    const owner = await connectTold(hermod, { verified: false })
    const thief = await hermod.register()
    await hermod.call('PUT', '/auth/me/credentials', {
      key: thief,
      body: { whatsappAccessToken: 'EAAstolen', whatsappPhoneNumberId: owner.phoneNumberId },
    })
    await postCallback(hermod, inboundCallback(owner.phoneNumberId, 'wamid.early-3'))
    const refused = await hermod.call('POST', '/auth/me/credentials/verify', { key: thief })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    await hermod.call('POST', '/auth/me/credentials/verify', { key: owner.key })
    await until(
      () => inboundOf(owner),
      (found) => found.length > 0,
      'the message',
    )
    const { body } = await hermod.call('GET', '/messages?direction=inbound', { key: thief })
    expect(body.data).toEqual([])
  })
})
