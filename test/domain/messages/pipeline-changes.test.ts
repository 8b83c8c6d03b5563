import { describe, expect, test } from 'vitest'
import { enqueueGraceMs, transition, type Change } from '../../../src/domain/messages/transition.ts'
import type { MessageState } from '../../../src/domain/messages/message.ts'
import type { Status } from '../../../src/domain/messages/status.ts'

// The changes that the pipeline itself makes, field by field; transition.test.ts holds the rules over all of them.

const createdMs = Date.UTC(2026, 10, 20, 12, 0, 0)
const at = (seconds: number): Date => new Date(createdMs + seconds * 1_000)

function messageIn(status: Status, more: Partial<MessageState> = {}): MessageState {
  return {
    id: 'message',
    accountId: 'account',
    sessionId: 'session',
    status,
    lane: 'normal',
    address: '14155552671',
    metadata: null,
    externalId: null,
    credits: 0,
    attempt: 3,
    attemptFloor: 0,
    rev: 7,
    unknownAt: null,
    dueAt: at(0),
    wakeAt: at(60),
    expiresAt: at(86_400),
    ttlSeconds: null,
    waitingFor: null,
    createdAt: at(0),
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    failedAt: null,
    errorCode: null,
    errorMessage: null,
    ...more,
  }
}

const graceful = (date: Date): Date => new Date(date.getTime() + enqueueGraceMs)

test('a retry waits until it is due, says why, and is not published', () => {
  const change: Change = {
    to: 'retrying',
    at: at(5),
    dueAt: at(30),
    attempt: 3,
    code: 'throttled',
    message: 'Slow down',
  }
  const before = messageIn('processing', { unknownAt: at(4) })
  expect(transition(before, change)).toEqual({
    state: {
      ...before,
      status: 'retrying',
      dueAt: at(30),
      wakeAt: graceful(at(30)),
      unknownAt: null,
      errorCode: 'throttled',
      errorMessage: 'Slow down',
      rev: 8,
    },
    changed: true,
    entry: {
      status: 'retrying',
      key: 'attempt-3',
      at: at(5),
      providerAt: null,
      detail: 'Slow down',
      words: null,
    },
    publish: false,
  })
})

describe('back into the line', () => {
  test('by its schedule', () => {
    const before = messageIn('scheduled', { attempt: 0 })
    const step = transition(before, { to: 'queued', at: at(9), dueAt: at(10), why: 'schedule' })
    expect(step).toEqual({
      state: { ...before, status: 'queued', dueAt: at(10), wakeAt: graceful(at(10)), rev: 8 },
      changed: true,
      entry: { status: 'queued', key: `rev-${before.rev}`, at: at(9), providerAt: null, detail: null },
      publish: true,
    })
  })

  test('by its owner: with as much time and as many attempts as it had', () => {
    const before = messageIn('failed', {
      externalId: 'wamid.1',
      sentAt: at(1),
      failedAt: at(2),
      errorCode: 'recipient_unreachable',
      errorMessage: 'no',
    })
    const step = transition(before, { to: 'queued', at: at(100), dueAt: at(100), why: 'retry' })
    expect(step.state).toEqual({
      ...before,
      status: 'queued',
      dueAt: at(100),
      wakeAt: graceful(at(100)),
      attemptFloor: 3,
      expiresAt: at(86_500),
      externalId: null,
      sentAt: null,
      failedAt: null,
      errorCode: null,
      errorMessage: null,
      rev: 8,
    })
    expect(step.publish).toBe(true)
  })

  test('by the worker that released its claim: the attempt does not count, and nothing is said of it', () => {
    const before = messageIn('processing')
    const step = transition(before, { to: 'queued', at: at(1), dueAt: at(1), why: 'released', rev: 7 })
    expect(step).toMatchObject({
      state: { status: 'queued', attempt: 2, attemptFloor: 0, rev: 8 },
      changed: true,
      entry: null,
      publish: false,
    })
  })

  test('not by a worker that holds an older claim', () => {
    const before = messageIn('processing')
    const step = transition(before, { to: 'queued', at: at(1), dueAt: at(1), why: 'released', rev: 6 })
    expect(step).toEqual({ state: before, changed: false, entry: null, publish: false })
  })
})

test('an attempt without an answer is marked, and looked at again when its time has come', () => {
  const before = messageIn('processing')
  expect(transition(before, { to: 'unknown', at: at(3), wakeAt: at(90), attempt: 3 })).toEqual({
    state: { ...before, unknownAt: at(3), wakeAt: at(90), rev: 8 },
    changed: true,
    entry: null,
    publish: false,
  })
})

test.each<Change>([
  { to: 'retrying', at: at(5), dueAt: at(30), attempt: 2, code: 'throttled', message: 'Slow down' },
  { to: 'unknown', at: at(3), wakeAt: at(90), attempt: 2 },
  { to: 'failed', at: at(3), attempt: 2, code: 'throttled', message: 'Slow down' },
])('an earlier attempt changes nothing any more: $to', (change) => {
  const before = messageIn('processing')
  expect(transition(before, change)).toEqual({ state: before, changed: false, entry: null, publish: false })
  expect(transition(messageIn('queued', { attempt: 2 }), change).changed).toBe(false)
})

test('a message that expires says so, with the last reason if there was one', () => {
  const before = messageIn('retrying', { errorCode: 'throttled', errorMessage: 'Slow down' })
  const step = transition(before, { to: 'expired', at: at(50) })
  const text = 'The message was not handed over within its time to live. Last reason: Slow down'
  expect(step.state).toMatchObject({
    status: 'expired',
    errorCode: 'expired',
    errorMessage: text,
    failedAt: at(50),
    wakeAt: null,
  })
  expect(step.entry).toEqual({
    status: 'expired',
    key: `rev-${before.rev}`,
    at: at(50),
    providerAt: null,
    detail: text,
  })
  expect(step.publish).toBe(true)
})

test('a message that is canceled keeps what is known of it', () => {
  const before = messageIn('retrying', { errorCode: 'throttled', errorMessage: 'Slow down' })
  const step = transition(before, { to: 'canceled', at: at(50) })
  expect(step.state).toEqual({ ...before, status: 'canceled', wakeAt: null, rev: 8 })
  expect(step.entry?.detail).toBe(null)
})

test('a refusal fails the attempt that it ends, and a callback the message that it names', () => {
  const before = messageIn('processing', { sentAt: at(10) })
  const refusal = transition(before, { to: 'failed', at: at(3), attempt: 3, code: 'spam', message: 'no' })
  // Never before the step that it follows.
  expect(refusal.state).toMatchObject({ status: 'failed', failedAt: at(10), errorCode: 'spam', wakeAt: null })
  expect(refusal.entry).toEqual({
    status: 'failed',
    key: 'attempt-3',
    at: at(10),
    providerAt: null,
    detail: 'no',
    words: null,
  })

  const sent = messageIn('sent', { sentAt: at(1), externalId: 'wamid.1' })
  const callback: Change = {
    to: 'failed',
    at: at(9),
    providerAt: at(5),
    externalId: 'wamid.1',
    code: 'spam',
    message: 'no',
  }
  expect(transition(sent, callback).state.failedAt).toEqual(at(5))
  expect(transition(sent, callback).entry).toMatchObject({ key: 'wamid.1', providerAt: at(5) })
})

test('a receipt keeps the provider’s own word and clock', () => {
  const before = messageIn('delivered', { sentAt: at(1), deliveredAt: at(2), externalId: 'wamid.1' })
  const step = transition(before, {
    to: 'read',
    at: at(9),
    providerAt: at(5),
    externalId: 'wamid.1',
    detail: 'played',
  })
  expect(step.entry).toEqual({
    status: 'read',
    key: 'wamid.1',
    at: at(5),
    providerAt: at(5),
    detail: 'played',
    words: null,
  })
  const own = transition(before, { to: 'read', at: at(9), externalId: 'wamid.1' })
  expect(own.entry).toEqual({
    status: 'read',
    key: 'wamid.1',
    at: at(9),
    providerAt: null,
    detail: null,
    words: null,
  })
})

test('a receipt of another attempt than the one that failed shows that the message went out', () => {
  const failed = messageIn('failed', {
    externalId: 'wamid.2',
    sentAt: at(1),
    failedAt: at(3),
    errorCode: 'spam',
  })
  const other = transition(failed, { to: 'sent', at: at(9), externalId: 'wamid.1' })
  expect(other.state).toMatchObject({
    status: 'sent',
    externalId: 'wamid.1',
    failedAt: null,
    errorCode: null,
  })
  expect(transition(failed, { to: 'sent', at: at(9), externalId: 'wamid.2' }).changed).toBe(false)
})
