import { exampleId, sample, table, text, type Section } from './blocks.ts'

export const start = (base: string): Section => ({
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

export const lifecycle: Section = {
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

export const key: Section = {
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
      'Every other request carries it: `Authorization: Bearer sk_live_...`. Give each of your apps one of its own ' +
        'that can do no more than it has to: `send`, `read` or `manage`, from where, and until when. With ' +
        '`"mode": "test"` it is an `sk_test_...` that never reaches WhatsApp.',
    ),
    sample({
      id: 'key-create',
      method: 'POST',
      path: '/keys',
      body: { name: 'Order service', mode: 'live', scopes: ['send', 'read'] },
      shows: 'apiKey',
    }),
    text(
      '`GET /keys` lists them, `DELETE /keys/{id}` ends one at once, and `POST /auth/me/rotate-key` gives you a new ' +
        'key in the place of the one that asks.',
    ),
  ],
}

export const sandbox: Section = {
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
