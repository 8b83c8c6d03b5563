import { userNumber, wamid, type StatusSample } from './sample.ts'

const transaction = {
  id: 'order_KvT8RlzXYyQ1',
  pg_transaction_id: 'pay_KvT9Lm2QaZ',
  type: 'razorpay',
  created_timestamp: 1763720400,
  updated_timestamp: 1763720455,
  method: { type: 'upi' },
} as const

const amount = { value: 21_000, offset: 100 } as const

/** Statuses that are no receipts of delivery. */
export const specialStatuses = [
  {
    // India. `type` says that it is about the money; the id is that of the order_details message.
    name: 'payment, captured',
    source: 'payments/payments-in/pg',
    certainty: 'example',
    payload: {
      id: wamid('ORDERDETAILS'),
      recipient_id: userNumber,
      type: 'payment',
      status: 'captured',
      payment: {
        reference_id: 'order-4711',
        amount,
        transaction: { ...transaction, status: 'success' },
        currency: 'INR',
        receipt: 'receipt-4711',
        notes: { shop: 'north' },
      },
      timestamp: '1763720460',
    },
  },
  {
    name: 'payment, pending after a try that failed',
    source: 'payments/payments-in/pg',
    certainty: 'composed',
    payload: {
      id: wamid('ORDERPENDING'),
      recipient_id: userNumber,
      type: 'payment',
      status: 'pending',
      payment: {
        reference_id: 'order-4712',
        amount,
        transaction: {
          ...transaction,
          status: 'failed',
          error: { code: 'BAD_REQUEST_ERROR', reason: 'payment_timed_out' },
        },
        currency: 'INR',
      },
      timestamp: '1763720460',
    },
  },
  {
    name: 'payment, failed',
    source: 'payments/payments-in/pg',
    certainty: 'composed',
    payload: {
      id: wamid('ORDERFAILED'),
      recipient_id: userNumber,
      type: 'payment',
      status: 'failed',
      payment: { reference_id: 'order-4713', amount, currency: 'INR' },
      timestamp: '1763720460',
    },
  },
  {
    // From the time of the on-premises API: the user deleted a message. Meta now sends `revoke`.
    name: 'deleted',
    source: 'the former page cloud-api/webhooks/components',
    certainty: 'third-party',
    payload: {
      id: wamid('DELETED'),
      status: 'deleted',
      timestamp: '1763720460',
      recipient_id: userNumber,
    },
  },
  {
    // From the time of the on-premises API: a product of the message cannot be had any more.
    name: 'warning',
    source: 'the former page on-premises/webhooks/outbound',
    certainty: 'third-party',
    payload: {
      id: wamid('WARNING'),
      status: 'warning',
      timestamp: '1763720460',
      recipient_id: userNumber,
    },
  },
  {
    name: 'a status that nobody knows yet',
    source: 'invented, to stand for what Meta adds next',
    certainty: 'composed',
    payload: {
      id: wamid('NEWSTATUS'),
      status: 'translated',
      timestamp: '1763720460',
      recipient_id: userNumber,
    },
  },
] as const satisfies readonly StatusSample[]

/** Answers of Graph to a send: `message_status` is often absent, `wa_id` may be another number or absent. */
export const sendAnswers = [
  {
    name: 'plain',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '+15550142233', wa_id: '15550142233' }],
      messages: [{ id: wamid('ANSWER') }],
    },
  },
  {
    name: 'another number than was dialled',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '5511987654321', wa_id: '551187654321' }],
      messages: [{ id: wamid('ANSWERBR'), message_status: 'accepted' }],
    },
  },
  {
    name: 'held for the assessment of its quality',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '15550142233', wa_id: '15550142233' }],
      messages: [{ id: wamid('ANSWERHELD'), message_status: 'held_for_quality_assessment' }],
    },
  },
  {
    name: 'paused',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '15550142233', wa_id: '15550142233' }],
      messages: [{ id: wamid('ANSWERPAUSED'), message_status: 'paused' }],
    },
  },
  {
    name: 'to a user id',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [{ input: 'US.20491208655302741977', user_id: 'US.20491208655302741977' }],
      messages: [{ id: wamid('ANSWERUSER') }],
    },
  },
  {
    name: 'with number and user id',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '+15550142233', wa_id: '15550142233', user_id: 'US.20491208655302741977' }],
      messages: [{ id: wamid('ANSWERBOTH') }],
    },
  },
  {
    name: 'to a group',
    answer: {
      messaging_product: 'whatsapp',
      contacts: [
        {
          input: 'Y2FwaV9ncm91cDoxNTU1MDE5OTAwMToxMjAzNjM0MDQ2OTQyMzM4ODAZD',
          wa_id: 'Y2FwaV9ncm91cDoxNTU1MDE5OTAwMToxMjAzNjM0MDQ2OTQyMzM4ODAZD',
        },
      ],
      messages: [{ id: wamid('ANSWERGROUP') }],
    },
  },
] as const
