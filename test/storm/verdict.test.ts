import { expect, test } from 'vitest'
import type { Evidence, LedgerEntry, MessageRow } from './evidence.ts'
import { judge } from './verdict.ts'

// The storm is only worth what its judge can see: each of these must be found, and found alone.

const at = new Date('2026-01-01T00:00:00Z')
const row: MessageRow = {
  id: 'm1',
  accountId: 'a1',
  status: 'read',
  body: 'storm-0',
  externalId: 'w1',
  attempt: 1,
  unknownAt: null,
  wakeAt: null,
  sentAt: at,
  deliveredAt: at,
  readAt: at,
  failedAt: null,
  errorCode: null,
  errorMessage: null,
}
const taken: LedgerEntry = { wamid: 'w1', correlationId: 'm1', acknowledged: ['sent', 'delivered', 'read'] }
const receipts = ['sent', 'delivered', 'read']

/** One message that went well. */
const peace: Evidence = {
  promised: [{ id: 'm1', key: 'storm-0', accountId: 'a1' }],
  ledger: [taken],
  messages: [row],
  timeline: ['queued', ...receipts].map((status) => ({ messageId: 'm1', status, key: 'w1' })),
  attempts: [{ messageId: 'm1', attempt: 1, outcome: 'accepted', detail: null }],
  events: receipts.map((status) => ({ id: `e-${status}`, messageId: 'm1', status, payload: status })),
  heard: receipts.map((status) => ({
    webhookId: `e-${status}`,
    problem: null,
    body: status,
    messageId: 'm1',
    status,
  })),
  totals: [{ accountId: 'a1', status: 'read', count: 1 }],
  counters: [{ accountId: 'a1', status: 'read', count: 1 }],
  leftovers: [],
}

const failed = { status: 'failed', failedAt: at, errorCode: 'refused', errorMessage: 'No.' } as const

/** The same message, refused by the provider. */
const refusal: Evidence = {
  ...peace,
  ledger: [],
  messages: [{ ...row, ...failed }],
  timeline: ['queued', 'failed'].map((status) => ({ messageId: 'm1', status, key: 'attempt-1' })),
  events: [{ id: 'e-failed', messageId: 'm1', status: 'failed', payload: 'failed' }],
  heard: [{ webhookId: 'e-failed', problem: null, body: 'failed', messageId: 'm1', status: 'failed' }],
  totals: [{ accountId: 'a1', status: 'failed', count: 1 }],
  counters: [{ accountId: 'a1', status: 'failed', count: 1 }],
}

test('a storm that harmed nothing is acquitted', () => {
  expect(judge(peace)).toEqual([])
  expect(judge(refusal)).toEqual([])
})

test('a repeated webhook, an answer without a callback and a retry are no offence', () => {
  expect(judge({ ...peace, heard: [...peace.heard, ...peace.heard] })).toEqual([])
  const retrying = { messageId: 'm1', status: 'retrying', key: 'attempt-1' }
  expect(judge({ ...peace, timeline: [...peace.timeline, retrying] })).toEqual([])
  const told = { ...taken, acknowledged: ['delivered', 'read'] }
  expect(judge({ ...peace, ledger: [told] })).toEqual([])
})

const unsigned = peace.heard.map((one) => ({ ...one, problem: 'No matching signature found' }))
const reworded = peace.heard.map((one) => ({ ...one, body: 'other words' }))
const renamed = peace.heard.map((one) => ({ ...one, webhookId: `${one.webhookId}-2` }))
const renamedEvents = peace.events.map((one) => ({ ...one, id: `${one.id}-2` }))

test.each<[offence: string, rules: string[], evidence: Evidence]>([
  [
    'a promised message that is gone',
    ['a message that was promised is stored'],
    { ...peace, promised: [...peace.promised, { id: 'm2', key: 'storm-1', accountId: 'a1' }] },
  ],
  [
    'a message that was never sent',
    ['a promised message reached the provider, or failed with a reason'],
    {
      ...peace,
      ledger: [],
      timeline: peace.timeline.filter(({ status }) => ['queued', 'read'].includes(status)),
    },
  ],
  [
    'a key that became two messages',
    ['a message that is stored was promised, once for each key'],
    { ...peace, promised: [...peace.promised, ...peace.promised] },
  ],
  [
    'a message that nobody was told of',
    [
      'a message that is stored was promised, once for each key',
      'nothing reached the provider that was not promised',
    ],
    { ...peace, promised: [] },
  ],
  [
    'a failure without a reason',
    ['a promised message reached the provider, or failed with a reason'],
    { ...refusal, messages: [{ ...row, ...failed, errorMessage: null }] },
  ],
  ['a message sent twice', ['no message reached the provider twice'], { ...peace, ledger: [taken, taken] }],
  [
    'a status that Meta never told',
    ['a status is what the provider told', 'a timeline is complete and says nothing twice'],
    { ...peace, ledger: [{ ...taken, acknowledged: ['sent', 'delivered'] }] },
  ],
  [
    'a status without its time',
    ['a status has its times'],
    { ...peace, messages: [{ ...row, deliveredAt: null }] },
  ],
  [
    'a gap in the timeline',
    ['a timeline is complete and says nothing twice'],
    { ...peace, timeline: peace.timeline.slice(0, -1) },
  ],
  [
    'an entry that came twice',
    ['a timeline is complete and says nothing twice'],
    { ...peace, timeline: [...peace.timeline, { messageId: 'm1', status: 'read', key: 'w2' }] },
  ],
  ['a forged webhook', ['every webhook is signed'], { ...peace, heard: unsigned }],
  [
    'a webhook in other words',
    ['every event reached the webhook, in its own words'],
    { ...peace, heard: reworded },
  ],
  [
    'a webhook that never came',
    ['every event reached the webhook, in its own words', 'the webhook heard how each message ended'],
    { ...peace, heard: peace.heard.slice(0, -1) },
  ],
  [
    'one change under two webhook-ids',
    ['a status change has one webhook-id'],
    { ...peace, heard: [...peace.heard, ...renamed], events: [...peace.events, ...renamedEvents] },
  ],
  [
    'a webhook of no event',
    ['the webhook heard nothing but events'],
    { ...peace, events: peace.events.slice(1) },
  ],
  ['a counter that is off', ['counters equal a recount'], { ...peace, counters: [] }],
  ['a total that is off', ['the front door counts as the rows do'], { ...peace, totals: [] }],
  ['a row that still waits', ['nothing is left waiting'], { ...peace, leftovers: ['message {}'] }],
])('%s is found', (_offence, rules, evidence) => {
  expect([...new Set(judge(evidence).map(({ rule }) => rule))]).toEqual(rules)
})
