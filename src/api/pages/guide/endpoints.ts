import { note, sample, table, text, type Section } from './blocks.ts'

const hourMs = 3_600_000

/** What goes beyond the one URL of `PUT /auth/me/webhook`. */
export const endpoints = (now: Date): Section => ({
  id: 'endpoints',
  title: 'More webhooks, more events',
  blocks: [
    text(
      'Add as many endpoints as you have apps, each with a `secret` of its own, and choose what each hears. These ' +
        'events have their name in `type`, where the one above has `event`; they are signed alike.',
    ),
    sample({
      id: 'endpoint',
      method: 'POST',
      path: '/webhook-endpoints',
      body: {
        url: 'https://yourapp.com/webhooks/orders',
        events: ['message.delivered', 'message.failed', 'message.received'],
      },
      shows: 'secret',
    }),
    table(
      ['Events', 'Of what'],
      [
        [
          '`message.queued`, `message.sent`, `message.delivered`, `message.read`, `message.failed`, ' +
            '`message.expired`, `message.canceled`',
          'Each step of a message.',
        ],
        ['`message.received`', 'What a customer wrote.'],
        [
          '`session.stopped`, `session.paused`, `session.resumed`, `session.verified`',
          'The health of a sender.',
        ],
        ['`template.status_updated`', 'Meta approved, paused or rejected a template.'],
        [
          '`endpoint.disabled`, `endpoint.recovered`, `delivery.failing`, `delivery.exhausted`',
          'Trouble with one of your other endpoints.',
        ],
      ],
    ),
    text('Every type, with its JSON Schema and an example:'),
    sample({ id: 'events', method: 'GET', path: '/webhook-events' }),
    text('Try an endpoint with the example of an event:'),
    sample({
      id: 'endpoint-test',
      method: 'POST',
      path: '/webhook-endpoints/{ENDPOINT_ID}/test',
      body: { type: 'message.delivered' },
    }),
    text(
      'See what did not arrive; `GET /webhook-deliveries/{id}` has every attempt and what your app answered:',
    ),
    sample({
      id: 'deliveries',
      method: 'GET',
      path: '/webhook-endpoints/{ENDPOINT_ID}/deliveries?status=failed',
    }),
    text('Send one of them again:'),
    sample({ id: 'resend', method: 'POST', path: '/webhook-deliveries/{DELIVERY_ID}/resend' }),
    text('Or everything that the endpoint missed since a time, at most 14 days ago:'),
    sample({
      id: 'recover',
      method: 'POST',
      path: '/webhook-endpoints/{ENDPOINT_ID}/recover',
      body: { since: `${new Date(now.getTime() - 24 * hourMs).toISOString().slice(0, 13)}:00:00Z` },
    }),
    text(
      'While you develop, this in Hermod’s folder brings the events to your machine. Hermod has to be started with ' +
        '`OUTBOUND_ALLOW_CIDRS=127.0.0.0/8`, which lets it call that machine; `npm run quickstart` is.',
    ),
    {
      kind: 'program',
      texts: { curl: 'npm run listen -- --key "$HERMOD_KEY" --forward http://localhost:4000/webhooks' },
    },
    note(
      'An endpoint that answers 410, or takes nothing for five days, is disabled. `recover` enables it again and ' +
        'brings what it missed.',
    ),
  ],
})
