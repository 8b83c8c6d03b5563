import { plans } from '../../../domain/accounts/plan.ts'
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
      ['Plan', 'Requests a minute', 'Items in bulk', 'Messages a day', 'Senders'],
      Object.entries(plans).map(([name, plan]) => [
        name,
        ...[plan.requestsPerMinute, plan.bulkItemsMax, plan.messagesPerDay, plan.sessionsMax].map(
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
      ['Answer', 'What to do'],
      [
        ['400 `validation_failed`', 'Mend the fields that `details` names. Unknown fields are errors too.'],
        ['401 `invalid_api_key`', 'Send `Authorization: Bearer` with a key that is alive.'],
        ['402 `insufficient_credits`', 'Have [credits](#billing) granted, then send the same request again.'],
        ['403 `forbidden`, `account_deactivated`', 'Use a key that may do this, or ask the operator.'],
        ['403 `session_limit_reached`', 'Your plan has no more senders: remove one, or change the plan.'],
        ['404 `message_not_found`, `session_not_found`, ...', 'There is no such thing in your account.'],
        ['409 `idempotency_conflict`', 'The key was used for another request: take a new one.'],
        ['409 `credentials_missing`', '[Connect a number](#credentials), or send through the sandbox.'],
        ['409 `session_stopped`', 'WhatsApp refuses the sender: mend what `error` says, then verify it.'],
        ['409 `business_account_missing`', 'Save `whatsappBusinessAccountId` with the credentials.'],
        [
          '409 `message_not_cancelable`, `message_not_retryable`',
          'It is too late, or too early. Read the message.',
        ],
        ['410 `media_gone`', 'Meta no longer keeps the file.'],
        ['413 `payload_too_large`', 'Send less, or a smaller file.'],
        ['415 `unsupported_media_type`', 'Send JSON, or a [file](#files) of a type that WhatsApp takes.'],
        ['422 `credentials_rejected`, `media_refused`', 'Meta said no; `error` has its words.'],
        ['429 `rate_limited`', 'Wait as long as `Retry-After` says.'],
        ['501 `not_configured`', 'The operator of this installation has not set it up.'],
        ['503 `session_paused`', 'The [sender is paused](#sessions). Try again after `Retry-After`.'],
        ['503 `provider_unreachable`', 'Meta could not be asked just now. Try again.'],
        ['503 `unavailable`', 'The service cannot take it just now. Try again after `Retry-After`.'],
      ],
    ),
  ],
}
