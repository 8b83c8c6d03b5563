import {
  businessNumber,
  defaultContacts,
  metadata,
  parentUserId,
  received,
  userId,
  userNumber,
  wamid,
  type FieldSample,
} from './sample.ts'

const whatsapp = { messaging_product: 'whatsapp', metadata } as const

const echo = { from: businessNumber, to: userNumber, timestamp: '1763720400' } as const

/** What the business app on the phone does with the same number: echoes, contacts, history. */
export const appFields = [
  {
    name: 'echo of the business app, text',
    source: 'webhooks/reference/smb_message_echoes',
    certainty: 'example',
    field: 'smb_message_echoes',
    value: {
      ...whatsapp,
      message_echoes: [
        { ...echo, id: wamid('ECHO'), type: 'text', text: { body: 'I answer from my phone.' } },
      ],
    },
  },
  {
    name: 'echo of the business app, image, to someone who hides the number',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    field: 'smb_message_echoes',
    value: {
      ...whatsapp,
      contacts: [{ profile: { username: '@ines.okafor' }, user_id: userId, parent_user_id: parentUserId }],
      message_echoes: [
        {
          from: businessNumber,
          to_user_id: userId,
          to_parent_user_id: parentUserId,
          id: wamid('ECHOIMAGE'),
          timestamp: '1763720400',
          type: 'image',
          image: { mime_type: 'image/jpeg', sha256: 'VfInY0gGKTs=', id: '1103383421387301' },
        },
      ],
    },
  },
  {
    name: 'echo of the business app, revoke',
    source: 'webhooks/reference/smb_message_echoes (2026-05-21)',
    certainty: 'composed',
    field: 'smb_message_echoes',
    value: {
      ...whatsapp,
      message_echoes: [
        {
          ...echo,
          id: wamid('ECHOREVOKE'),
          type: 'revoke',
          revoke: { original_message_id: wamid('ECHO') },
        },
      ],
    },
  },
  {
    name: 'echo of the business app, edit',
    source: 'webhooks/reference/smb_message_echoes (2026-05-21)',
    certainty: 'composed',
    field: 'smb_message_echoes',
    value: {
      ...whatsapp,
      message_echoes: [
        {
          ...echo,
          id: wamid('ECHOEDIT'),
          type: 'edit',
          edit: {
            original_message_id: wamid('ECHO'),
            message: { context: { id: 'M0' }, type: 'text', text: { body: 'I answer from my desk.' } },
          },
        },
      ],
    },
  },
  {
    name: 'echo of another app of the number',
    source: 'App Dashboard, quoted by others; Meta lists the page webhooks/message_echoes without content',
    certainty: 'dashboard',
    field: 'message_echoes',
    value: {
      ...whatsapp,
      message_echoes: [
        { ...echo, id: 'ABGGFlA5Fpa', type: 'text', text: { body: 'this is a text message' } },
      ],
    },
  },
  {
    name: 'standby, a message that an agent of Meta answers',
    source: 'webhooks/reference/standby, read through others',
    certainty: 'third-party',
    field: 'standby',
    value: {
      ...whatsapp,
      standby: {
        contacts: defaultContacts,
        messages: [received('STANDBY', { type: 'text', text: { body: 'Where is my parcel?' } })],
      },
    },
  },
  {
    name: 'standby, an echo of the answer',
    source: 'webhooks/reference/standby, read through others',
    certainty: 'third-party',
    field: 'standby',
    value: {
      ...whatsapp,
      standby: {
        message_echoes: [
          {
            id: wamid('STANDBYECHO'),
            timestamp: '1763720410',
            message: {
              messaging_product: 'whatsapp',
              to: userNumber,
              type: 'text',
              text: { body: 'It has been sent.' },
            },
          },
        ],
      },
    },
  },
  {
    name: 'standby, a receipt of the answer',
    source: 'webhooks/reference/standby, read through others',
    certainty: 'third-party',
    field: 'standby',
    value: {
      ...whatsapp,
      standby: {
        statuses: [
          {
            id: wamid('STANDBYECHO'),
            status: 'delivered',
            timestamp: '1763720420',
            recipient_id: userNumber,
          },
        ],
      },
    },
  },
  {
    name: 'contact of the business app, added',
    source: 'webhooks/reference/smb_app_state_sync',
    certainty: 'example',
    field: 'smb_app_state_sync',
    value: {
      ...whatsapp,
      state_sync: [
        {
          type: 'contact',
          contact: { full_name: 'Ines Okafor', first_name: 'Ines', phone_number: userNumber },
          action: 'add',
          metadata: { timestamp: '1763720400' },
        },
      ],
    },
  },
  {
    name: 'contact of the business app, removed',
    source: 'webhooks/reference/smb_app_state_sync',
    certainty: 'composed',
    field: 'smb_app_state_sync',
    value: {
      ...whatsapp,
      state_sync: [
        {
          type: 'contact',
          contact: { phone_number: userNumber, user_id: userId, username: '@ines.okafor' },
          action: 'remove',
          metadata: { timestamp: '1763720500' },
        },
      ],
    },
  },
  {
    name: 'history, a chunk',
    source: 'webhooks/reference/history',
    certainty: 'example',
    field: 'history',
    value: {
      ...whatsapp,
      history: [
        {
          metadata: { phase: 0, chunk_order: 1, progress: 55 },
          threads: [
            {
              id: userNumber,
              context: { wa_id: userNumber, user_id: userId, username: '@ines.okafor' },
              messages: [
                {
                  from: businessNumber,
                  to: userNumber,
                  id: wamid('OLDOUT'),
                  timestamp: '1763120400',
                  type: 'text',
                  text: { body: 'Here is the list.' },
                  history_context: { status: 'READ' },
                },
                {
                  from: businessNumber,
                  id: wamid('OLDMEDIA'),
                  timestamp: '1763120410',
                  type: 'media_placeholder',
                  history_context: { status: 'PLAYED' },
                },
                {
                  from: userNumber,
                  id: wamid('OLDIN'),
                  timestamp: '1763120420',
                  type: 'text',
                  text: { body: 'Thanks!' },
                  history_context: { status: 'READ' },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    name: 'history, a file of the past',
    source: 'webhooks/reference/history',
    certainty: 'example',
    field: 'history',
    value: {
      ...whatsapp,
      messages: [
        received('OLDIMAGE', {
          type: 'image',
          image: {
            caption: 'Black leaves',
            mime_type: 'image/jpeg',
            sha256: '4f9d94d399fa61c191bc1d4ca71375a035cd9b9f5b1128e1f0963a415c16b0ff',
            id: '34230790383178699',
          },
        }),
      ],
    },
  },
  {
    name: 'history, refused',
    source: 'webhooks/reference/history',
    certainty: 'example',
    field: 'history',
    value: {
      ...whatsapp,
      history: [
        {
          errors: [
            {
              code: 2593109,
              title: 'History sync is turned off by the business from the WhatsApp Business App',
              message: 'History sync is turned off by the business from the WhatsApp Business App',
              error_data: { details: 'History sharing is turned off by the business' },
            },
          ],
        },
      ],
    },
  },
] as const satisfies readonly FieldSample[]
