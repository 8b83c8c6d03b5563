import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { providerEvent } from '../../src/domain/provider-event.ts'
import { isRetryable, sendErrors } from '../../src/domain/messages/send-errors.ts'
import type { OutboundMessage, Provider, ProviderSession, SendOutcome } from '../../src/providers/contract.ts'

/** What to send, and from where, to see one behaviour of the foreign side. */
export interface Case<Settings> {
  session: ProviderSession<Settings>
  message: OutboundMessage
}

/** Sets the foreign side up for one behaviour and says what to send to see it. */
export type Scenario<Settings> = () => Case<Settings> | Promise<Case<Settings>>

/**
 * A provider under test. A scenario that has no meaning for a provider is left out, and what it would prove
 * is skipped: a sandbox has no network that could drop an answer.
 */
export interface ProviderHarness<Settings> {
  provider: Provider<Settings>
  /** Texts that must never leave the provider. */
  secrets: readonly string[]
  /** The foreign side takes the message. */
  accepts: Scenario<Settings>
  /** The foreign side says no. Where it can, it repeats the credentials in its answer. */
  refuses?: Scenario<Settings>
  /** Nobody listens. */
  unreachable?: Scenario<Settings>
  /** The request is read whole, then the connection breaks. */
  dropsAnswer?: Scenario<Settings>
  /** The request is read whole, and nothing comes back. `received` resolves when it was read. */
  neverAnswers?: () => Case<Settings> & { received: Promise<void> }
  /** Ends what the harness itself started. The provider is closed by the suite. */
  dispose(): Promise<void>
}

/** What every provider promises, whatever it speaks. `makeHarness` is called once for each test. */
export function describeProvider<Settings>(
  name: string,
  makeHarness: () => Promise<ProviderHarness<Settings>>,
): void {
  describe(`${name} keeps the provider contract`, () => {
    let harness: ProviderHarness<Settings>
    beforeEach(async () => {
      harness = await makeHarness()
    })
    afterEach(async () => {
      await harness.provider.close()
      await harness.dispose()
    })

    /** Sends, and checks what holds for every outcome. */
    async function send({ session, message }: Case<Settings>, signal = new AbortController().signal) {
      const outcome = await harness.provider.open(session).send(message, signal)
      expectWellFormed(outcome)
      for (const secret of harness.secrets) expect(JSON.stringify(outcome)).not.toContain(secret)
      return outcome
    }

    test('the settings of a sender pass its own schema', async () => {
      const { session } = await harness.accepts()
      expect(harness.provider.settings.safeParse(session.settings).success).toBe(true)
    })

    test('settings that are not an object are refused', () => {
      for (const settings of [null, 'token', 7, []]) {
        expect(harness.provider.settings.safeParse(settings).success).toBe(false)
      }
    })

    test('an accepted message has an external id', async () => {
      expect(await send(await harness.accepts())).toMatchObject({
        outcome: 'accepted',
        externalId: expect.stringMatching(/./),
      })
    })

    test('messages sent at the same time have external ids of their own', async () => {
      const { session, message } = await harness.accepts()
      const outcomes = await Promise.all(
        ['a', 'b', 'c', 'd'].map((suffix) =>
          send({ session, message: { ...message, id: `${message.id}-${suffix}` } }),
        ),
      )
      const ids = outcomes.map((outcome) => (outcome.outcome === 'accepted' ? outcome.externalId : null))
      expect(new Set(ids).size).toBe(4)
      expect(ids).not.toContain(null)
    })

    test('a refusal is a value with a reason', async ({ skip }) => {
      if (!harness.refuses) return skip()
      expect(await send(await harness.refuses())).toMatchObject({
        outcome: 'refused',
        detail: expect.stringMatching(/./),
      })
    })

    test('a foreign side that cannot be reached refuses, and the message may be tried again', async ({
      skip,
    }) => {
      if (!harness.unreachable) return skip()
      expect(await send(await harness.unreachable())).toMatchObject({ outcome: 'refused', retryable: true })
    })

    test('an answer that is lost after the request was read leaves the outcome unknown', async ({ skip }) => {
      if (!harness.dropsAnswer) return skip()
      expect(await send(await harness.dropsAnswer())).toMatchObject({ outcome: 'unknown' })
    })

    test('a signal that is already aborted sends nothing', async () => {
      expect(await send(await harness.accepts(), AbortSignal.abort())).toMatchObject({
        outcome: 'refused',
        retryable: true,
      })
    })

    test('an abort after the request was read ends the wait and leaves the outcome unknown', async ({
      skip,
    }) => {
      if (!harness.neverAnswers) return skip()
      const { received, ...what } = harness.neverAnswers()
      const controller = new AbortController()
      const outcome = send(what, controller.signal)
      await received
      controller.abort()
      expect(await outcome).toMatchObject({ outcome: 'unknown' })
    })

    test('close resolves, also the second time', async () => {
      await send(await harness.accepts())
      await harness.provider.close()
      await harness.provider.close()
    })

    test('what is sent after close is an outcome, not an exception', async () => {
      const what = await harness.accepts()
      await harness.provider.close()
      await send(what)
    })

    test.each(['called off', 'closed'])('what is not a send is an answer too, also when %s', async (how) => {
      const { provider } = harness
      const { session } = await harness.accepts()
      const channel = provider.open(session)
      if (how === 'closed') await provider.close()
      const signal = how === 'closed' ? new AbortController().signal : AbortSignal.abort()
      const read = () => Readable.from([Buffer.from('bytes')])
      const file = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: 5, read }
      const answers = await Promise.all([
        channel.templates?.list(signal),
        channel.uploadMedia?.(file, signal),
        channel.downloadMedia?.('1003', signal),
      ])
      for (const answer of answers) {
        if (answer !== undefined) expect(answer).toHaveProperty('ok')
        for (const secret of harness.secrets) expect(JSON.stringify(answer) ?? '').not.toContain(secret)
      }
    })

    test('callbacks that make no sense become unknown events', ({ skip }) => {
      const { callbacks } = harness.provider
      if (!callbacks) return skip()
      for (const body of ['', 'no json', 'null', '[]', '{}', '{"entry":7}', '\u0000']) {
        const events = callbacks.parse(Buffer.from(body))
        expect(events.length).toBeGreaterThan(0)
        for (const event of events) expect(providerEvent.parse(event).kind).toBe('unknown')
      }
    })

    test('a callback without a signature is not proven', ({ skip }) => {
      const { callbacks } = harness.provider
      if (!callbacks) return skip()
      expect(callbacks.verify(Buffer.from('{}'), {}, 'secret')).toBe(false)
    })
  })
}

function expectWellFormed(outcome: SendOutcome): void {
  switch (outcome.outcome) {
    case 'accepted':
      expect(outcome.externalId).not.toBe('')
      return
    case 'refused':
      expect(Object.keys(sendErrors)).toContain(outcome.code)
      expect(outcome.retryable).toBe(isRetryable(outcome.code))
      expect(outcome.retryAfterMs ?? 1).toBeGreaterThan(0)
      return
    case 'unknown':
      expect(outcome.detail).not.toBe('')
  }
}
