import { plans } from '../../../domain/plan.ts'
import { exampleId, table, text, type Section } from './blocks.ts'

export const repeating: Section = {
  id: 'repeating',
  title: 'Repeat a request safely',
  blocks: [
    text(
      'When no answer came, you cannot know whether the message was accepted. Send the request again with the same ' +
        '`Idempotency-Key`: within 24 hours it is answered as the first time, with the header ' +
        '`Idempotency-Replayed: true`, and nothing is sent twice. A good key names what happened: ' +
        '`user-99-order-1234-shipped`. The same key with another body is a `409`.',
    ),
  ],
}

export const limits: Section = {
  id: 'limits',
  title: 'Limits',
  blocks: [
    table(
      ['Plan', 'Requests a minute', 'Items in bulk', 'Messages a day'],
      Object.entries(plans).map(([name, plan]) => [
        name,
        ...[plan.requestsPerMinute, plan.bulkItemsMax, plan.messagesPerDay].map(
          (limit) => limit?.toLocaleString('en-US') ?? 'no limit',
        ),
      ]),
    ),
    text(
      'Requests are counted by key. Every answer tells where you stand in `X-RateLimit-Limit`, ' +
        '`X-RateLimit-Remaining` and `X-RateLimit-Reset`; a `429` says in `Retry-After` how many seconds to wait.',
    ),
  ],
}

export const errors: Section = {
  id: 'errors',
  title: 'Errors',
  blocks: [
    text('All have one shape. `error` is for people, `code` for programs, `details` comes with a 400 only.'),
    {
      kind: 'json',
      value: {
        success: false,
        error: 'The request is not valid.',
        code: 'validation_failed',
        requestId: exampleId,
        details: [{ path: 'body.to', message: 'must be a phone number in E.164 form' }],
      },
    },
    table(
      ['Status', 'What to do'],
      [
        ['400', 'Mend the fields that `details` names. Unknown fields are errors too.'],
        ['401', 'Send `Authorization: Bearer` with a key that is alive.'],
        ['403', 'The account is deactivated, or the key may not do this.'],
        ['404', 'There is no such thing in your account.'],
        ['409', 'The key was used for another request, or the state of the thing forbids it.'],
        ['429', 'Wait as long as `Retry-After` says.'],
        ['503', 'Sending is paused, or the service cannot store anything. Try again after `Retry-After`.'],
      ],
    ),
  ],
}
