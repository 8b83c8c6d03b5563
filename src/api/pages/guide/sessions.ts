import { exampleId, note, sample, table, text, type Section } from './blocks.ts'

export const sessions: Section = {
  id: 'sessions',
  title: 'Several numbers',
  blocks: [
    text(
      'A sender is called a session. The number that you connected above is the session `default`; the sandbox is ' +
        'the session `sandbox`. Add a further number, or, with `"provider": "sandbox"`, a further sandbox:',
    ),
    sample({
      id: 'session-create',
      method: 'POST',
      path: '/sessions',
      body: {
        provider: 'whatsapp-cloud',
        name: 'support',
        credentials: { accessToken: 'EAAG...', phoneNumberId: '106540352242923' },
      },
      shows: 'id',
    }),
    text(
      '`POST /sessions/{id}/verify` has Meta asked whether the credentials are right. Send through it by name or id:',
    ),
    sample({
      id: 'session-send',
      method: 'POST',
      path: '/send-message',
      body: { to: '14155552671', message: 'How can we help?', session: 'support' },
      shows: 'id',
    }),
    text('Without `session` the default sends. Make another one the default, or change its pace:'),
    sample({
      id: 'session-change',
      method: 'PATCH',
      path: '/sessions/{SESSION_ID}',
      body: { default: true, ratePerSecond: 40 },
    }),
    text('`GET /sessions` lists all of them, `GET /sessions/{id}` reads one, with its health:'),
    sample(
      { id: 'session-get', method: 'GET', path: '/sessions/{SESSION_ID}', shows: 'state' },
      {
        success: true,
        data: {
          id: exampleId,
          name: 'support',
          provider: 'whatsapp-cloud',
          state: 'paused',
          breaker: {
            state: 'open',
            until: '2026-03-28T10:00:20.000Z',
            trips: 1,
            code: 'provider_unavailable',
            detail: 'An unknown error occurred',
          },
          lastError: {
            code: 'provider_unavailable',
            detail: 'An unknown error occurred',
            at: '2026-03-28T10:00:15.000Z',
          },
        },
      },
    ),
    table(
      ['`state`', 'What it means'],
      [
        ['`active`', 'It sends.'],
        [
          '`paused`',
          'WhatsApp failed it repeatedly. New sends are refused with `503 session_paused` and `Retry-After`; what is ' +
            'queued waits. It resolves by itself.',
        ],
        [
          '`stopped`',
          'WhatsApp refuses it; `stopped` says why. Sends are refused with `409 session_stopped`, until you mend the ' +
            'cause and verify it.',
        ],
      ],
    ),
    note(
      'Your other senders go on. [Webhooks](#endpoints) tell of it: `session.paused`, `session.stopped`, `session.resumed`.',
    ),
  ],
}
