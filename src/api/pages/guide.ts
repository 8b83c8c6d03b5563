import { plans } from '../../domain/plan.ts'
import { nodeEnv, type Language, type Sample } from './sample.ts'

/** A piece of the guide. Texts may have `code` and [links](/to) in them. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'note'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] }
  | { kind: 'sample'; sample: Sample; answer?: unknown }
  /** A program that is no call; in the languages that it makes sense in. */
  | { kind: 'program'; texts: Partial<Record<Language, string>> }
  | { kind: 'json'; value: unknown }

export interface Section {
  id: string
  title: string
  blocks: Block[]
}

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'
const text = (said: string): Block => ({ kind: 'text', text: said })
const note = (said: string): Block => ({ kind: 'note', text: said })
const table = (head: string[], rows: string[][]): Block => ({ kind: 'table', head, rows })
const sample = (call: Sample, answer?: unknown): Block => ({ kind: 'sample', sample: call, answer })

/** The guide, for an installation that is reached at `base`; `now` gives its examples a future. */
export function guide(base: string, now: Date): Section[] {
  return [
    start(base),
    lifecycle,
    key,
    sandbox,
    credentials(base),
    sending,
    windows,
    bulk,
    scheduling(now),
    following,
    webhooks,
    analytics,
    repeating,
    limits,
    errors,
  ]
}

const start = (base: string): Section => ({
  id: 'start',
  title: 'Start here',
  blocks: [
    text(
      'This is how to send WhatsApp messages through this installation of Hermod, follow their delivery, and hear ' +
        'of it by webhook. Every endpoint with all its fields is in the [explorer](/docs), where you can try it; the ' +
        'same for programs is [openapi.json](/openapi.json).',
    ),
    text('An AI that writes the integration for you should read these, in this order:'),
    {
      kind: 'program',
      texts: { curl: ['/llms.txt', '/openapi.json', '/developers'].map((path) => base + path).join('\n') },
    },
    text(
      'The samples read your API key from the variable `HERMOD_KEY`. Those in Python use the package `requests`; ' +
        'those in JavaScript run in Node as they are.',
    ),
  ],
})

const lifecycle: Section = {
  id: 'lifecycle',
  title: 'How it works',
  blocks: [
    text(
      'Sending is asynchronous. The answer to a send is `202` with the id of the message, as soon as it is stored ' +
        'so that nothing can lose it. Delivery goes on in the background. Ask for the message by its id, or have ' +
        'every change posted to your [webhook](#webhooks).',
    ),
    table(
      ['Status', 'What it means'],
      [
        ['`scheduled`', 'It waits for its `sendAt`.'],
        ['`queued`', 'It is stored and will be handed over, usually within milliseconds.'],
        ['`processing`', 'It is being handed to WhatsApp right now.'],
        ['`retrying`', 'WhatsApp could not take it for now; it is tried again by itself.'],
        ['`sent`', 'WhatsApp has it; it is not on the phone yet.'],
        ['`delivered`', 'It is on the phone.'],
        ['`read`', 'The recipient opened it.'],
        ['`failed`', 'It will not arrive; `errorCode` and `errorMessage` say why.'],
        ['`expired`', 'It could not be handed over within its `ttlSeconds`.'],
        ['`canceled`', 'You took it back in time.'],
      ],
    ),
  ],
}

const key: Section = {
  id: 'key',
  title: 'Get an API key',
  blocks: [
    text('One request makes an account and its first key. Keep the key: it is not shown again.'),
    sample(
      {
        id: 'register',
        method: 'POST',
        path: '/auth/register',
        open: true,
        body: { name: 'Your Name', email: 'you@example.com' },
        shows: 'apiKey',
      },
      { success: true, data: { apiKey: 'sk_live_a1b2c3...', plan: 'enterprise', accountId: exampleId } },
    ),
    text(
      'Every other request carries it: `Authorization: Bearer sk_live_...`. Make more keys, with less power, with ' +
        '`POST /keys`; a key of the mode `test` (`sk_test_...`) never reaches WhatsApp. `POST /auth/me/rotate-key` ' +
        'gives you a new key in the place of the old one.',
    ),
  ],
}

const sandbox: Section = {
  id: 'sandbox',
  title: 'Try it without WhatsApp',
  blocks: [
    text(
      'The sandbox plays WhatsApp: everything happens but the last hop. Name it as `session`, and the message is ' +
        'sent, delivered and read within three seconds.',
    ),
    sample(
      {
        id: 'sandbox',
        method: 'POST',
        path: '/send-message',
        body: { to: '14155550100', message: 'Hello from the sandbox!', session: 'sandbox' },
        shows: 'id',
      },
      { success: true, data: { id: exampleId, status: 'queued', scheduledFor: null } },
    ),
  ],
}

const credentials = (base: string): Section => ({
  id: 'credentials',
  title: 'Connect your WhatsApp number',
  blocks: [
    text(
      'Messages go out from your own number, with the access token and the phone number id of your Meta business ' +
        'account. Save them, then have Meta asked whether they are right:',
    ),
    sample({
      id: 'credentials',
      method: 'PUT',
      path: '/auth/me/credentials',
      body: { whatsappAccessToken: 'EAAG...', whatsappPhoneNumberId: '106540352242922' },
    }),
    sample({ id: 'verify', method: 'POST', path: '/auth/me/credentials/verify' }),
    note(
      `Meta must tell this service of deliveries and of what customers write: set the callback URL of your Meta app ` +
        `to \`${base}/webhooks/whatsapp\`, or to the \`callbackUrl\` in the answer above, and subscribe to \`messages\`.`,
    ),
  ],
})

const sending: Section = {
  id: 'send',
  title: 'Send a message',
  blocks: [
    text(
      'Numbers are in E.164 form: country code and number, digits only. `+1 (415) 555-2671` is `14155552671`. To ' +
        'write first, use a template that Meta has approved:',
    ),
    sample(
      {
        id: 'template',
        method: 'POST',
        path: '/send-message',
        body: {
          to: '14155552671',
          template: {
            name: 'order_ready',
            language: 'en_US',
            components: [
              {
                type: 'body',
                parameters: [
                  { type: 'text', text: 'Sarah' },
                  { type: 'text', text: '#1042' },
                ],
              },
            ],
          },
        },
        shows: 'id',
      },
      { success: true, data: { id: exampleId, status: 'queued', scheduledFor: null } },
    ),
    text(
      'Within 24 hours of a customer’s last message you may write freely. `metadata` is yours: it comes back in ' +
        'reads and webhooks. The `Idempotency-Key` makes it safe to [repeat the request](#repeating).',
    ),
    sample({
      id: 'text',
      method: 'POST',
      path: '/send-message',
      headers: { 'Idempotency-Key': 'order-1234-shipped' },
      body: {
        to: '14155552671',
        message: 'Hi Sarah! Your order #1234 has shipped.',
        metadata: { orderId: '1234' },
      },
      shows: 'id',
    }),
    table(
      ['Field', 'What it sends, in the place of `message`'],
      [
        ['`template`', 'An approved template, with its components.'],
        ['`media`', 'An image, video, audio, document or sticker, by `url` or `mediaId`.'],
        ['`interactive`', 'Reply buttons or a list.'],
        ['`reaction`', 'An emoji on a message, by `messageId`.'],
        ['`location`', 'A place: `latitude`, `longitude`, `name`, `address`.'],
        ['`contacts`', 'Contact cards.'],
      ],
    ),
    text(
      'With any of them: `session` (which sender), `sendAt`, `ttlSeconds`, `priority` (`high` overtakes), `replyTo`, ' +
        '`metadata`, and `dry_run` (nothing reaches WhatsApp).',
    ),
  ],
}

const windows: Section = {
  id: 'windows',
  title: 'The 24-hour window',
  blocks: [
    text(
      'WhatsApp takes anything but a template only within 24 hours of the customer’s last message. Whether you may ' +
        'write freely:',
    ),
    sample(
      { id: 'window', method: 'GET', path: '/contacts/14155552671/window' },
      {
        success: true,
        data: {
          address: '14155552671',
          open: true,
          lastInboundAt: '2026-03-28T10:00:00.000Z',
          closesAt: '2026-03-29T10:00:00.000Z',
        },
      },
    ),
    text(
      'A send outside of an open window is accepted all the same, with a `warning` in `data`: WhatsApp will probably ' +
        'refuse it, and the message then fails with `outside_window`. What customers wrote:',
    ),
    sample({ id: 'inbound', method: 'GET', path: '/messages?direction=inbound&limit=50' }),
  ],
}

const bulk: Section = {
  id: 'bulk',
  title: 'Send many at once',
  blocks: [
    text(
      'Each item takes the fields of a single send. Items that are wrong are left out and listed in `errors`; the ' +
        'others are accepted. `GET /batches/{batchId}` counts where they stand.',
    ),
    sample(
      {
        id: 'bulk',
        method: 'POST',
        path: '/messages/bulk',
        body: {
          messages: [
            { to: '14155552671', message: 'Hi Alice, your code is 1234' },
            { to: '14155552672', message: 'Hi Bob, your code is 5678' },
          ],
        },
        shows: 'batchId',
      },
      {
        success: true,
        data: {
          batchId: exampleId,
          totalMessages: 2,
          queued: 2,
          failedCount: 0,
          errors: [],
          warnings: [],
        },
      },
    ),
  ],
}

const dayMs = 24 * 3_600 * 1_000

const scheduling = (now: Date): Section => ({
  id: 'schedule',
  title: 'Send later, or not at all',
  blocks: [
    text('Add `sendAt` to any send, single or bulk: ISO 8601 with a zone, at most a year ahead.'),
    sample({
      id: 'schedule',
      method: 'POST',
      path: '/send-message',
      body: {
        to: '14155552671',
        template: { name: 'hello_world', language: 'en_US' },
        sendAt: `${new Date(now.getTime() + 2 * dayMs).toISOString().slice(0, 10)}T09:00:00Z`,
      },
      shows: 'id',
    }),
    text('While it is scheduled or queued you can take it back:'),
    sample({ id: 'cancel', method: 'DELETE', path: '/messages/{MESSAGE_ID}' }),
  ],
})

const following: Section = {
  id: 'follow',
  title: 'Follow a message',
  blocks: [
    text('Its status, its timeline, and every attempt to hand it over:'),
    sample(
      { id: 'get', method: 'GET', path: '/messages/{MESSAGE_ID}', shows: 'status' },
      {
        success: true,
        data: {
          id: exampleId,
          to: '14155552671',
          body: 'Hi Sarah! Your order #1234 has shipped.',
          status: 'delivered',
          sentAt: '2026-03-28T10:00:01.000Z',
          deliveredAt: '2026-03-28T10:00:04.000Z',
          readAt: null,
          failedAt: null,
          errorMessage: null,
          metadata: { orderId: '1234' },
          timeline: [
            { status: 'queued', at: '2026-03-28T10:00:00.000Z' },
            { status: 'sent', at: '2026-03-28T10:00:01.000Z' },
            { status: 'delivered', at: '2026-03-28T10:00:04.000Z' },
          ],
        },
      },
    ),
    text(
      'A list, the newest first: by `status`, `batchId` or `direction`, page by page with `page` or, however long it ' +
        'is, with `cursor`.',
    ),
    sample({ id: 'list', method: 'GET', path: '/messages?status=failed&limit=50' }),
    text('A failed message can be put back into the line:'),
    sample({ id: 'retry', method: 'POST', path: '/messages/{MESSAGE_ID}/retry' }),
  ],
}

const webhooks: Section = {
  id: 'webhooks',
  title: 'Hear of it by webhook',
  blocks: [
    text(
      'Give the public https URL of your app. The answer has a `secret`, shown this once, that proves what comes ' +
        'from here.',
    ),
    sample({
      id: 'webhook',
      method: 'PUT',
      path: '/auth/me/webhook',
      body: { url: 'https://yourapp.com/webhooks/hermod' },
      shows: 'secret',
    }),
    text('Each change of a status is posted to it:'),
    {
      kind: 'json',
      value: {
        event: 'message.status_updated',
        timestamp: '2026-03-28T10:00:04.000Z',
        data: {
          messageId: exampleId,
          status: 'delivered',
          to: '14155552671',
          deliveredAt: '2026-03-28T10:00:04.000Z',
          readAt: null,
          failedAt: null,
          errorMessage: null,
          metadata: { orderId: '1234' },
        },
      },
    },
    text(
      'Answer any 2xx within 15 seconds, or it comes again, for a day. The signature is that of ' +
        '[Standard Webhooks](https://www.standardwebhooks.com), so their packages check it: `standardwebhooks` for ' +
        'Node and for Python.',
    ),
    {
      kind: 'program',
      texts: {
        javascript: [
          "import express from 'express'",
          "import { Webhook } from 'standardwebhooks'",
          '',
          `const webhook = new Webhook(${nodeEnv}.HERMOD_WEBHOOK_SECRET)`,
          'const app = express()',
          '',
          '// The signature covers the bytes as they came.',
          "app.post('/webhooks/hermod', express.raw({ type: 'application/json' }), (req, res) => {",
          '  const { data } = webhook.verify(req.body.toString(), req.headers)',
          "  if (data.status === 'failed') console.error(data.to, data.errorMessage)",
          '  res.sendStatus(204)',
          '})',
          'app.listen(8080)',
        ].join('\n'),
        python: [
          'import os',
          'from flask import Flask, request',
          'from standardwebhooks import Webhook',
          '',
          "webhook = Webhook(os.environ['HERMOD_WEBHOOK_SECRET'])",
          'app = Flask(__name__)',
          '',
          "@app.post('/webhooks/hermod')",
          'def hear():',
          '    # The signature covers the bytes as they came.',
          "    data = webhook.verify(request.data, dict(request.headers))['data']",
          "    if data['status'] == 'failed':",
          "        print(data['to'], data['errorMessage'])",
          "    return '', 204",
        ].join('\n'),
      },
    },
    note('An event can come more than once, always with the same `webhook-id`: handle each id once.'),
  ],
}

const analytics: Section = {
  id: 'analytics',
  title: 'Statistics',
  blocks: [
    text('All your messages, or those accepted from one UTC day or full hour to another:'),
    sample(
      { id: 'summary', method: 'GET', path: '/analytics/summary?from=2026-03-01&to=2026-03-31' },
      {
        success: true,
        data: {
          total: 1042,
          byStatus: { delivered: 980, failed: 52, sent: 10 },
          deliveryRate: 0.9405,
          failureRate: 0.0499,
          from: '2026-03-01T00:00:00.000Z',
          to: '2026-04-01T00:00:00.000Z',
        },
      },
    ),
    text('The same for each day or hour:'),
    sample({ id: 'timeseries', method: 'GET', path: '/analytics/timeseries?interval=hour', shows: 'points' }),
  ],
}

const repeating: Section = {
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

const limits: Section = {
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

const errors: Section = {
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
