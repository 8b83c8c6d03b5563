import {
  businessNumber,
  defaultContacts,
  errorsUrl,
  metadata,
  userId,
  userNumber,
  wacid,
  type FieldSample,
} from './sample.ts'

const whatsapp = { messaging_product: 'whatsapp', metadata } as const

/** What two phones tell each other; its content does not matter here. */
const sdp = 'v=0\r\no=- 7602563789789945080 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'

const fromUser = { id: wacid, to: businessNumber, from: userNumber, timestamp: '1763720400' } as const
const toUser = { id: wacid, to: userNumber, from: businessNumber, timestamp: '1763720400' } as const

const status = (word: string) =>
  ({
    name: `call ${word}`,
    source: 'calling/reference',
    certainty: 'example',
    field: 'calls',
    value: {
      ...whatsapp,
      statuses: [
        {
          id: wacid,
          timestamp: '1763720405',
          type: 'call',
          status: word,
          recipient_id: userNumber,
          biz_opaque_callback_data: 'call-17',
        },
      ],
    },
  }) as const satisfies FieldSample

/** Calls between a user and the business. */
export const callFields = [
  {
    name: 'call connect, from the user',
    source: 'calling/user-initiated-calls',
    certainty: 'example',
    field: 'calls',
    value: {
      ...whatsapp,
      contacts: defaultContacts,
      calls: [
        {
          ...fromUser,
          event: 'connect',
          direction: 'USER_INITIATED',
          session: { sdp_type: 'offer', sdp },
        },
      ],
    },
  },
  {
    // From a button `voice_call` or a link: its payload comes along.
    name: 'call connect, from a button, of someone who hides the number',
    source: 'calling/call-button-messages-deep-links; business-scoped-user-ids',
    certainty: 'composed',
    field: 'calls',
    value: {
      ...whatsapp,
      contacts: [{ profile: { name: 'Ines Okafor', username: '@ines.okafor' }, user_id: userId }],
      calls: [
        {
          id: wacid,
          from_user_id: userId,
          to: businessNumber,
          timestamp: '1763720400',
          event: 'connect',
          direction: 'USER_INITIATED',
          session: { sdp_type: 'offer', sdp },
          deeplink_payload: 'from-the-shop',
          cta_payload: 'order-4711',
        },
      ],
    },
  },
  {
    name: 'call connect, to the user',
    source: 'calling/business-initiated-calls',
    certainty: 'example',
    field: 'calls',
    value: {
      ...whatsapp,
      contacts: defaultContacts,
      calls: [
        {
          ...toUser,
          event: 'connect',
          direction: 'BUSINESS_INITIATED',
          session: { sdp_type: 'answer', sdp },
          biz_opaque_callback_data: 'call-17',
        },
      ],
    },
  },
  status('RINGING'),
  status('ACCEPTED'),
  status('REJECTED'),
  {
    name: 'call terminate, completed',
    source: 'calling/reference',
    certainty: 'example',
    field: 'calls',
    value: {
      ...whatsapp,
      calls: [
        {
          ...toUser,
          event: 'terminate',
          direction: 'BUSINESS_INITIATED',
          biz_opaque_callback_data: 'call-17',
          status: 'COMPLETED',
          start_time: '1763720410',
          end_time: '1763720530',
          duration: 120,
        },
      ],
    },
  },
  {
    // The errors stand beside the calls, not inside.
    name: 'call terminate, failed',
    source: 'calling/reference',
    certainty: 'example',
    field: 'calls',
    value: {
      ...whatsapp,
      calls: [{ ...fromUser, event: 'terminate', direction: 'USER_INITIATED', status: 'FAILED' }],
      errors: [
        {
          code: 138021,
          message: 'Receive media timeout',
          href: errorsUrl,
          error_data: { details: 'No media came for a long time.' },
        },
      ],
    },
  },
] as const satisfies readonly FieldSample[]
