import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  transition,
  type Change,
  type Step,
  type TimelineRow,
} from '../../../src/domain/messages/transition.ts'
import type { MessageState } from '../../../src/domain/messages/message.ts'
import { mayTransition, statuses, statusRank, type Status } from '../../../src/domain/messages/status.ts'

const createdMs = Date.UTC(2026, 10, 20, 12, 0, 0)
const at = (seconds: number): Date => new Date(createdMs + seconds * 1_000)
const wamid = 'wamid.first'

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
    attempt: 1,
    attemptFloor: 0,
    rev: 1,
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

/** Where receipts can find a message whose only attempt went out. */
const starts = {
  'its answer came': messageIn('sent', { sentAt: at(1), externalId: wamid }),
  'its answer is still to come': messageIn('processing'),
  'its answer was lost': messageIn('processing', { unknownAt: at(2) }),
  'its lease was lost and a retry waits': messageIn('retrying', { dueAt: at(90) }),
}

type Word = 'sent' | 'delivered' | 'read' | 'failed'

/** A receipt as Meta sends it: whole seconds of its clock, arriving at any time of ours. */
function receipt(to: Word, arrivedAt: Date): Change {
  const told = {
    at: arrivedAt,
    providerAt: at({ sent: 1, delivered: 2, failed: 2, read: 3 }[to]),
    externalId: wamid,
  }
  return to === 'failed' ? { ...told, to, code: 'recipient_unreachable', message: 'no' } : { ...told, to }
}

/** Applies changes one after the other, keeping the timeline as the database does. */
function play(start: MessageState, changes: readonly Change[]) {
  const timeline = new Map<string, TimelineRow>()
  const steps: Step[] = []
  let state = start
  for (const change of changes) {
    const step = transition(state, change)
    state = step.state
    steps.push(step)
    if (step.entry === null) continue
    const key = `${step.entry.status} ${step.entry.key}`
    if (!timeline.has(key)) timeline.set(key, step.entry)
  }
  const entries = [...timeline.values()].toSorted(
    (one, other) =>
      one.at.getTime() - other.at.getTime() || statusRank[one.status] - statusRank[other.status],
  )
  return { state, steps, entries }
}

/** The strongest proof decides, whatever came when. */
const strongestFirst = ['read', 'delivered', 'failed', 'sent'] as const

const words = fc.array(fc.constantFrom<Word>('sent', 'delivered', 'read', 'failed'), {
  minLength: 1,
  maxLength: 12,
})

describe.each(Object.entries(starts))('when %s', (_what, start) => {
  test('receipts in any order, with repeats, end in the state of the strongest proof', () => {
    fc.assert(
      fc.property(words, (told) => {
        const { state } = play(
          start,
          told.map((to, index) => receipt(to, at(10 + index))),
        )
        const known = new Set<Status>([...told, start.status])
        expect(state.status).toBe(strongestFirst.find((word) => known.has(word)))
      }),
    )
  })

  test('every receipt stands in the timeline once', () => {
    fc.assert(
      fc.property(words, (told) => {
        const { entries } = play(
          start,
          told.map((to, index) => receipt(to, at(10 + index))),
        )
        expect(entries.map(({ status }) => status).toSorted()).toEqual([...new Set(told)].toSorted())
      }),
    )
  })

  test('the status never regresses', () => {
    fc.assert(
      fc.property(words, (told) => {
        const { steps } = play(
          start,
          told.map((to, index) => receipt(to, at(10 + index))),
        )
        const strength = (status: Status) => strongestFirst.toReversed().findIndex((word) => word === status)
        let before = start.status
        for (const { state } of steps) {
          expect(strength(state.status)).toBeGreaterThanOrEqual(strength(before))
          before = state.status
        }
      }),
    )
  })

  test('times are filled in by later receipts and never run backwards', () => {
    fc.assert(
      fc.property(words, (told) => {
        const { state } = play(
          start,
          told.map((to, index) => receipt(to, at(10 + index))),
        )
        const arrived = ['delivered', 'read'].includes(state.status)
        if (arrived || state.status === 'sent') expect(state.sentAt).not.toBeNull()
        expect(state.deliveredAt !== null).toBe(arrived)
        expect(state.readAt !== null).toBe(state.status === 'read')
        expect(state.failedAt !== null).toBe(state.status === 'failed')
        expect(state.errorMessage !== null).toBe(state.status === 'failed')
        const times = [state.createdAt, state.sentAt, state.deliveredAt, state.readAt].filter(
          (time) => time !== null,
        )
        expect(times).toEqual(times.toSorted((one, other) => one.getTime() - other.getTime()))
      }),
    )
  })

  test('the webhook hears of each status at most once, and of the last one', () => {
    fc.assert(
      fc.property(words, (told) => {
        const { state, steps } = play(
          start,
          told.map((to, index) => receipt(to, at(10 + index))),
        )
        const heard = steps.filter(({ publish }) => publish).map((step) => step.state.status)
        expect(new Set(heard).size).toBe(heard.length)
        if (state.status !== start.status) expect(heard.at(-1)).toBe(state.status)
      }),
    )
  })
})

/** Our own answer, of our own clock, which a callback can overtake by far. */
const lateAnswer: Change = { to: 'sent', at: at(30), externalId: wamid }

const { 'its answer came': _answered, ...unanswered } = starts
describe.each(Object.entries(unanswered))('when %s', (_what, start) => {
  test('the timeline reads sent, delivered, read, even when our own answer comes last', () => {
    const arrivals = fc.array(fc.constantFrom<Word>('sent', 'delivered', 'read'), { maxLength: 8 })
    fc.assert(
      fc.property(arrivals, fc.nat(), (told, place) => {
        const receipts = told.map((to, index) => receipt(to, at(10 + index)))
        const { entries } = play(start, receipts.toSpliced(place % (told.length + 1), 0, lateAnswer))
        const order = entries.map(({ status }) => status)
        expect(order).toEqual(order.toSorted((one, other) => statusRank[one] - statusRank[other]))
      }),
    )
  })

  test('a failure that overtakes our own answer still reads sent, failed', () => {
    const { state, entries } = play(start, [receipt('failed', at(10)), lateAnswer])
    expect(state.status).toBe('failed')
    expect(entries.map(({ status }) => status)).toEqual(['sent', 'failed'])
  })
})

test('a receipt that changes nothing hands back the very same state', () => {
  const read = messageIn('read', { sentAt: at(1), deliveredAt: at(2), readAt: at(3), externalId: wamid })
  for (const word of ['sent', 'delivered', 'read', 'failed'] as const) {
    const step = transition(read, receipt(word, at(20)))
    expect(step).toMatchObject({ changed: false, publish: false, entry: { status: word } })
    expect(step.state).toBe(read)
  }
})

test('read fills in the delivery that was never reported', () => {
  const { state } = play(starts['its answer came'], [receipt('read', at(10))])
  expect(state).toMatchObject({ status: 'read', deliveredAt: at(3), readAt: at(3), sentAt: at(1) })
})

test('a failure of an attempt that was left behind does not fail the one that went out since', () => {
  const sentAgain = messageIn('sent', { attempt: 2, sentAt: at(5), externalId: 'wamid.second' })
  const step = transition(sentAgain, receipt('failed', at(10)))
  expect(step).toMatchObject({ changed: false, state: { status: 'sent' }, entry: { status: 'failed' } })
})

test.each(['failed', 'expired', 'canceled'] as const)(
  'a message that we gave up as %s is sent after all when another attempt of it proves to have gone out',
  (status) => {
    const { state } = play(messageIn(status, { errorCode: 'outcome_unknown' }), [
      receipt('sent', at(10)),
      receipt('delivered', at(11)),
    ])
    expect(state).toMatchObject({ status: 'delivered', externalId: wamid, errorCode: null, failedAt: null })
  },
)

describe('an attempt that lost its lease', () => {
  /** What a worker could still say of attempt 1. */
  const lateWords: Change[] = [
    { to: 'retrying', at: at(9), dueAt: at(20), attempt: 1, code: 'throttled', message: 'slow down' },
    { to: 'failed', at: at(9), attempt: 1, code: 'invalid_recipient', message: 'no' },
    { to: 'unknown', at: at(9), wakeAt: at(40), attempt: 1 },
    { to: 'queued', at: at(9), dueAt: at(9), why: 'released', rev: 1 },
  ]

  test.each(lateWords.map((change) => [change.to, change] as const))(
    'cannot say %s of its successor',
    (_to, change) => {
      const successor = messageIn('processing', { attempt: 2, rev: 5 })
      expect(transition(successor, change)).toEqual({
        state: successor,
        changed: false,
        entry: null,
        publish: false,
      })
    },
  )

  test.each(lateWords.map((change) => [change.to, change] as const))(
    'cannot say %s of a message that is not under way any more',
    (_to, change) => {
      for (const status of statuses.filter((one) => one !== 'processing')) {
        const message = messageIn(status)
        expect(transition(message, change).state).toBe(message)
      }
    },
  )

  test('still proves that the message went out', () => {
    const successor = messageIn('retrying', { attempt: 1, dueAt: at(50) })
    const { state } = play(successor, [{ to: 'sent', at: at(9), externalId: wamid }])
    expect(state).toMatchObject({ status: 'sent', externalId: wamid, wakeAt: null })
  })
})

test('a released message gets its attempt back and leaves no trace in the timeline', () => {
  const change: Change = { to: 'queued', at: at(9), dueAt: at(9), why: 'released', rev: 7 }
  const step = transition(messageIn('processing', { attempt: 3, rev: 7 }), change)
  expect(step).toMatchObject({
    entry: null,
    publish: false,
    state: { status: 'queued', attempt: 2, dueAt: at(9) },
  })
})

test('an expired message says why it was not handed over', () => {
  const throttled = messageIn('retrying', { errorCode: 'throttled', errorMessage: 'Rate limit hit' })
  const step = transition(throttled, { to: 'expired', at: at(99) })
  expect(step.publish).toBe(true)
  expect(step.state.errorMessage).toContain('time to live')
  expect(step.state.errorMessage).toContain('Rate limit hit')
})

describe('the table of transitions', () => {
  const successorsOf = (from: Status): Status[] => statuses.filter((to) => mayTransition(from, to))
  const predecessorsOf = (to: Status): Status[] => statuses.filter((from) => mayTransition(from, to))
  /** Statuses that only the pipeline gives, before a provider has the message. */
  const inPipeline: Status[] = ['scheduled', 'queued', 'processing', 'retrying']
  /** Statuses that prove, each more than the one before, that the message has left. */
  const receipts: Status[] = ['sent', 'delivered', 'read']

  test('no message that has left comes back into the pipeline, unless its owner retries one that failed or expired', () => {
    for (const status of [...receipts, 'canceled'] as const) {
      expect(successorsOf(status).filter((to) => inPipeline.includes(to))).toEqual([])
    }
    for (const status of ['failed', 'expired'] as const) {
      expect(successorsOf(status).filter((to) => inPipeline.includes(to))).toEqual(['queued'])
    }
  })

  test('a receipt never gives way to a weaker one, and nothing follows read', () => {
    for (const [strength, status] of receipts.entries()) {
      expect(successorsOf(status).filter((to) => receipts.slice(0, strength + 1).includes(to))).toEqual([])
    }
    expect(successorsOf('read')).toEqual([])
    expect(successorsOf('delivered')).toEqual(['read'])
  })

  test('from every status in which a message may have left, each stronger receipt is believed', () => {
    const mayHaveLeft: Status[] = ['queued', 'processing', 'retrying', 'canceled', 'expired']
    for (const status of mayHaveLeft) expect(successorsOf(status)).toEqual(expect.arrayContaining(receipts))
    expect(successorsOf('sent')).toEqual(expect.arrayContaining(['delivered', 'read', 'failed']))
    expect(successorsOf('failed')).toEqual(expect.arrayContaining(['delivered', 'read']))
    expect(successorsOf('scheduled').filter((to) => receipts.includes(to))).toEqual([])
  })

  test('only what waits is claimed, canceled or let go by its schedule', () => {
    expect(predecessorsOf('processing')).toEqual(['queued', 'retrying'])
    expect(predecessorsOf('canceled')).toEqual(['scheduled', 'queued', 'retrying'])
    expect(predecessorsOf('scheduled')).toEqual([])
    expect(predecessorsOf('retrying')).toEqual(['processing'])
    expect(predecessorsOf('queued')).toEqual(['scheduled', 'processing', 'failed', 'expired'])
  })

  test('every status of the pipeline can fail or expire, so that nothing waits for ever', () => {
    for (const status of inPipeline) {
      expect(successorsOf(status)).toEqual(expect.arrayContaining(['failed', 'expired']))
    }
    expect(predecessorsOf('expired')).toEqual(inPipeline)
    expect(predecessorsOf('failed')).toEqual([...inPipeline, 'sent'])
  })

  /** Each kind of change, as it could come to a message in its first attempt. */
  const changes: Change[] = [
    receipt('sent', at(9)),
    receipt('delivered', at(9)),
    receipt('read', at(9)),
    receipt('failed', at(9)),
    { to: 'queued', at: at(9), dueAt: at(9), why: 'schedule' },
    { to: 'retrying', at: at(9), dueAt: at(9), attempt: 1, code: 'throttled', message: 'slow down' },
    { to: 'expired', at: at(9) },
    { to: 'canceled', at: at(9) },
  ]

  test('no change takes a message anywhere that the table does not allow', () => {
    for (const from of statuses) {
      for (const change of changes) {
        const { state } = transition(messageIn(from, { externalId: wamid }), change)
        const stayed = state.status === from
        expect(stayed || mayTransition(from, state.status), `${from} to ${state.status}`).toBe(true)
      }
    }
  })
})
