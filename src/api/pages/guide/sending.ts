import { exampleId, note, sample, table, text, type Section } from './blocks.ts'

export const credentials = (base: string): Section => ({
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

export const sending: Section = {
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

export const windows: Section = {
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

export const bulk: Section = {
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

export const scheduling = (now: Date): Section => ({
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
