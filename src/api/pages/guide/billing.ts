import { exampleId, sample, text, type Section } from './blocks.ts'

export const billing: Section = {
  id: 'billing',
  title: 'Credits and plans',
  blocks: [
    text(
      'Where the operator charges for messages (`mode` is `enforced`), each that is accepted costs one credit, and ' +
        'a send without any left is refused with `402 insufficient_credits`. A message that fails before it reached ' +
        'WhatsApp, expires or is canceled gives it back. The sandbox, test keys and dry runs cost nothing.',
    ),
    sample(
      { id: 'credits', method: 'GET', path: '/billing/credits', shows: 'balance' },
      {
        success: true,
        data: {
          balance: 99,
          mode: 'enforced',
          entries: [
            {
              id: exampleId,
              kind: 'debit',
              amount: -1,
              balance: 99,
              messageId: exampleId,
              note: null,
              createdAt: '2026-03-28T10:00:00.000Z',
            },
          ],
        },
        pagination: { limit: 20, nextCursor: null },
      },
    ),
    text(
      'Where plans are for sale, `POST /billing/checkout` with `basic` or `pro` answers the URL of a checkout, and ' +
        '`GET /billing/portal` that of a page for invoices, payment methods and cancellation. `GET /auth/me` tells ' +
        'your plan.',
    ),
  ],
}
