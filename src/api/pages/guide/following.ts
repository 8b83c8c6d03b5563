import { nodeEnv } from '../sample.ts'
import { exampleId, note, sample, text, type Section } from './blocks.ts'

export const following: Section = {
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

export const webhooks: Section = {
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

export const analytics: Section = {
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
