import { groupId, userId, userNumber, wamid, type Json, type SendSample } from './sample.ts'

/** What every send to a person begins with. */
export const toUser = <const Part extends Json>(part: Part) => ({
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: userNumber,
  ...part,
})

/** Texts, files, places, cards, reactions, and to whom they go. */
export const plainSends = [
  {
    name: 'text, with a preview of its link',
    source: 'messages/text-messages',
    certainty: 'example',
    body: toUser({ type: 'text', text: { preview_url: true, body: 'Here it is: https://fern.example/7' } }),
  },
  {
    name: 'text, as a reply',
    source: 'messages/contextual-replies',
    certainty: 'example',
    body: toUser({
      context: { message_id: wamid('TEXT') },
      type: 'text',
      text: { body: 'You are welcome!' },
    }),
  },
  {
    // `type` is text where it is absent, and `recipient_type` is a person.
    name: 'text, with what is demanded alone',
    source: 'facebook/openapi business-messaging-api_v23.0.yaml',
    certainty: 'composed',
    body: { messaging_product: 'whatsapp', to: userNumber, text: { body: 'Hi' } },
  },
  {
    name: 'text, with data that comes back in each status',
    source: 'webhooks/reference/messages/status',
    certainty: 'composed',
    body: toUser({ type: 'text', text: { body: 'Hi' }, biz_opaque_callback_data: 'order=4711' }),
  },
  {
    name: 'text, to a user id',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      recipient: userId,
      type: 'text',
      text: { body: 'Hi' },
    },
  },
  {
    // `to` wins.
    name: 'text, to a number and a user id',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    body: toUser({ recipient: userId, type: 'text', text: { body: 'Hi' } }),
  },
  {
    name: 'text, to a group',
    source: 'groups/groups-messaging',
    certainty: 'example',
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'group',
      to: groupId,
      type: 'text',
      text: { preview_url: true, body: 'Another one: https://fern.example/8' },
    },
  },
  {
    name: 'text, to someone whose identity must not have changed',
    source: 'business-phone-numbers/phone-numbers, identity change check',
    certainty: 'composed',
    body: toUser({ recipient_identity_key_hash: 'DF2lS5v2W6x=', type: 'text', text: { body: 'Your code' } }),
  },
  {
    name: 'image, by id',
    source: 'messages/image-messages',
    certainty: 'example',
    body: toUser({ type: 'image', image: { id: '1579537139650999', caption: 'The best of all?' } }),
  },
  {
    name: 'image, by link',
    source: 'messages/image-messages',
    certainty: 'composed',
    body: toUser({ type: 'image', image: { link: 'https://fern.example/7.png' } }),
  },
  {
    name: 'video',
    source: 'messages/video-messages',
    certainty: 'example',
    body: toUser({ type: 'video', video: { id: '1266846181421499', caption: 'An eclipse' } }),
  },
  {
    name: 'audio',
    source: 'messages/audio-messages',
    certainty: 'composed',
    body: toUser({ type: 'audio', audio: { link: 'https://fern.example/7.mp3' } }),
  },
  {
    name: 'audio, a voice note',
    source: 'messages/audio-messages',
    certainty: 'example',
    body: toUser({ type: 'audio', audio: { id: '1113859600285499', voice: true } }),
  },
  {
    name: 'document',
    source: 'messages/document-messages',
    certainty: 'example',
    body: toUser({
      type: 'document',
      document: { id: '1476223850470899', filename: 'order_4711.pdf', caption: 'Your order' },
    }),
  },
  {
    name: 'sticker',
    source: 'messages/sticker-messages',
    certainty: 'example',
    body: toUser({ type: 'sticker', sticker: { id: '898882015472599' } }),
  },
  {
    // Meta writes the coordinates as texts here, and as numbers in its OpenAPI description.
    name: 'location, coordinates as texts',
    source: 'messages/location-messages',
    certainty: 'example',
    body: toUser({
      type: 'location',
      location: {
        latitude: '37.44216251868699',
        longitude: '-122.16153582049399',
        name: 'Corner Coffee',
        address: '12 Invented Street, Springfield, CA 94000',
      },
    }),
  },
  {
    name: 'location, coordinates as numbers',
    source: 'facebook/openapi business-messaging-api_v23.0.yaml',
    certainty: 'composed',
    body: toUser({ type: 'location', location: { latitude: 51.4779, longitude: 0 } }),
  },
  {
    name: 'contacts, with every part',
    source: 'messages/contacts-messages',
    certainty: 'example',
    body: toUser({
      type: 'contacts',
      contacts: [
        {
          addresses: [
            {
              street: '1 Fern Way',
              city: 'Springfield',
              state: 'CA',
              zip: '94000',
              country: 'United States',
              country_code: 'US',
              type: 'Office',
            },
          ],
          birthday: '1991-02-28',
          emails: [
            { email: 'bruno@fern.example', type: 'Work' },
            { email: 'bruno@old.example', type: 'Work (old)' },
          ],
          name: {
            formatted_name: 'Bruno T. Keller',
            first_name: 'Bruno',
            last_name: 'Keller',
            middle_name: 'Theo',
            suffix: 'Esq.',
            prefix: 'Dr.',
          },
          org: { company: 'Fern & Sons', department: 'Legal', title: 'Lead Counsel' },
          phones: [
            { phone: '+15550140830', type: 'Landline' },
            { phone: '+15550140829', type: 'Mobile', wa_id: '15550140829' },
          ],
          urls: [{ url: 'https://fern.example', type: 'Company' }],
        },
      ],
    }),
  },
  {
    name: 'reaction',
    source: 'messages/reaction-messages',
    certainty: 'example',
    body: toUser({ type: 'reaction', reaction: { message_id: wamid('TEXT'), emoji: '\u{1F600}' } }),
  },
  {
    name: 'reaction, removed',
    source: 'the former page cloud-api/reference/messages',
    certainty: 'third-party',
    body: toUser({ type: 'reaction', reaction: { message_id: wamid('TEXT'), emoji: '' } }),
  },
  {
    name: 'pin, in a group',
    source: 'groups/groups-messaging',
    certainty: 'composed',
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'group',
      to: groupId,
      type: 'pin',
      pin: { type: 'pin', message_id: wamid('GROUPTEXT'), expiration_days: '7' },
    },
  },
] as const satisfies readonly SendSample[]

/** No messages: what the same address takes about messages of the user. */
export const readSends = [
  {
    name: 'mark as read',
    source: 'messages/mark-message-as-read',
    certainty: 'example',
    body: { messaging_product: 'whatsapp', status: 'read', message_id: wamid('TEXT') },
  },
  {
    // The indicator goes away with our answer, or after 25 seconds.
    name: 'mark as read, with a typing indicator',
    source: 'typing-indicators',
    certainty: 'example',
    body: {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: wamid('TEXT'),
      typing_indicator: { type: 'text' },
    },
  },
] as const satisfies readonly SendSample[]
