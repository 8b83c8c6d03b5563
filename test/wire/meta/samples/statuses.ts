import {
  defaultContacts,
  errorsUrl,
  groupId,
  hiddenContacts,
  parentUserId,
  userId,
  userNumber,
  wamid,
  type Json,
  type StatusSample,
} from './sample.ts'

const base = (seed: string, status: string) => ({
  id: wamid(seed),
  status,
  timestamp: '1763720460',
  recipient_id: userNumber,
})

const told = <const Code extends number>(code: Code, title: string, details: string) => ({
  code,
  title,
  message: title,
  error_data: { details },
  href: errorsUrl,
})

const failed = (seed: string, error: Json) => ({ ...base(seed, 'failed'), errors: [error] })

const page = 'webhooks/reference/messages/status'

/** Receipts for one person, with the pricing and conversation of each time. */
export const personalStatuses = [
  {
    name: 'sent, with conversation and pricing per message',
    source: page,
    certainty: 'example',
    payload: {
      ...base('SENTPMP', 'sent'),
      biz_opaque_callback_data: '0199aa00-0000-7000-8000-000000000001',
      conversation: {
        id: '83b14d6bd5407799e66f64d1b338e599',
        expiration_timestamp: '1763806920',
        origin: { type: 'marketing' },
      },
      pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'marketing' },
    },
  },
  { name: 'sent, bare', source: page, certainty: 'example', payload: base('SENT', 'sent') },
  {
    // Since v24 the conversation is told of free entry points only.
    name: 'delivered, free entry point',
    source: page,
    certainty: 'composed',
    payload: {
      ...base('FREEENTRY', 'delivered'),
      conversation: {
        id: '93b14d6bd5407799e66f64d1b338e500',
        expiration_timestamp: '1763979660',
        origin: { type: 'referral_conversion' },
      },
      pricing: {
        billable: false,
        pricing_model: 'PMP',
        type: 'free_entry_point',
        category: 'referral_conversion',
      },
    },
  },
  {
    name: 'delivered, free customer service, without conversation',
    source: page,
    certainty: 'composed',
    payload: {
      ...base('FREESERVICE', 'delivered'),
      pricing: { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' },
    },
  },
  {
    // Conversation-based pricing, until July 2025.
    name: 'delivered, priced per conversation',
    source: 'webhooks/reference/messages',
    certainty: 'example',
    payload: {
      ...base('DELIVEREDCBP', 'delivered'),
      conversation: { id: '7deb9d929c9bdc4f90e967a32f8639ff', origin: { type: 'service' } },
      pricing: { billable: true, pricing_model: 'CBP', category: 'service' },
    },
  },
  {
    name: 'sent, an authentication message abroad',
    source: 'pricing/authentication-international-rates',
    certainty: 'composed',
    payload: {
      ...base('AUTHINTL', 'sent'),
      pricing: {
        billable: true,
        pricing_model: 'PMP',
        type: 'regular',
        category: 'authentication_international',
      },
    },
  },
  { name: 'read', source: page, certainty: 'composed', payload: base('READ', 'read') },
  {
    name: 'played, a voice note',
    source: 'webhooks/reference/messages/status (2026-05-21)',
    certainty: 'composed',
    payload: base('PLAYED', 'played'),
  },
  {
    name: 'sent, with the hash of the identity key',
    source: page,
    certainty: 'composed',
    payload: { ...base('SENTHASH', 'sent'), recipient_identity_key_hash: 'DF2lS5v2W6x=' },
  },
  {
    // The number that WhatsApp knows is not the one that was dialled.
    name: 'delivered, under another number than was used',
    source: 'messages/send-messages, phone number formats',
    certainty: 'composed',
    payload: { ...base('BRAZIL', 'delivered'), recipient_id: '551187654321' },
  },
] as const satisfies readonly StatusSample[]

/** Refusals that come later than the answer. */
export const failedStatuses = [
  {
    name: 'failed, 131049 healthy ecosystem',
    source: page,
    certainty: 'example',
    payload: failed(
      'F131049',
      told(
        131049,
        'This message was not delivered to maintain healthy ecosystem engagement.',
        'In order to maintain a healthy ecosystem engagement, the message failed to be delivered.',
      ),
    ),
  },
  {
    name: 'failed, 131026 undeliverable',
    source: 'support/error-codes',
    certainty: 'composed',
    payload: failed('F131026', told(131026, 'Message undeliverable', 'Message Undeliverable.')),
  },
  {
    name: 'failed, 131047 outside the window',
    source: 'support/error-codes',
    certainty: 'composed',
    payload: failed(
      'F131047',
      told(
        131047,
        'Re-engagement message',
        'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
      ),
    ),
  },
  {
    name: 'failed, 131053 media upload',
    source: 'support/error-codes',
    certainty: 'composed',
    payload: failed('F131053', told(131053, 'Media upload error', 'The link answered 404.')),
  },
  {
    name: 'failed, 134011 payments terms, which concern this one message',
    source: 'support/error-codes',
    certainty: 'composed',
    payload: failed(
      'F134011',
      told(134011, 'WhatsApp Payments terms of service has not been accepted', 'Accept the terms first.'),
    ),
  },
  {
    name: 'failed, a code that no table has',
    source: 'invented, to stand for what Meta adds next',
    certainty: 'composed',
    payload: failed('F131999', told(131999, 'Something new', 'A reason that nobody has seen yet.')),
  },
  {
    // From the page of address messages; the error has neither `message` nor `error_data`.
    name: 'failed, 1026 receiver incapable, old shape',
    source: 'messages/address-messages',
    certainty: 'example',
    payload: {
      ...base('F1026', 'failed'),
      errors: [{ code: 1026, href: '/docs/whatsapp/api/errors', title: 'Receiver Incapable' }],
      message: { recipient_id: '+911155501422' },
      type: 'message',
    },
  },
  {
    name: 'failed, to a group',
    source: 'groups/groups-messaging',
    certainty: 'example',
    payload: {
      id: wamid('FGROUP'),
      recipient_id: groupId,
      recipient_type: 'group',
      status: 'failed',
      timestamp: '1763720460',
      errors: [told(131041, 'Unknown group', 'You are not a member of the group.')],
    },
  },
] as const satisfies readonly StatusSample[]

const toGroup = (status: string, participant: Json) => ({
  id: wamid('GROUP'),
  status,
  timestamp: '1763720460',
  recipient_id: groupId,
  recipient_type: 'group',
  ...participant,
})

const servicePricing = {
  conversation: { id: 'a3b14d6bd5407799e66f64d1b338e501', origin: { type: 'service' } },
  pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'service' },
} as const

/** Receipts of groups (one for each member) and of people without a number. */
export const otherStatuses = [
  {
    name: 'sent, to a group',
    source: 'groups/groups-messaging',
    certainty: 'example',
    payload: toGroup('sent', {}),
  },
  {
    name: 'delivered, to a member of a group',
    source: 'groups/webhooks, aggregated statuses',
    certainty: 'example',
    payload: toGroup('delivered', { recipient_participant_id: userNumber, ...servicePricing }),
  },
  {
    // Meta's page of group webhooks writes the key both ways.
    name: 'read, by a member of a group, under the other key',
    source: 'groups/webhooks',
    certainty: 'example',
    payload: toGroup('read', { participant_recipient_id: userNumber }),
  },
  {
    name: 'delivered, to a member of a group who hides the number',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    payload: toGroup('delivered', {
      recipient_participant_user_id: userId,
      recipient_participant_parent_user_id: parentUserId,
    }),
    contacts: hiddenContacts,
  },
  {
    name: 'delivered, with number and user id',
    source: 'business-scoped-user-ids',
    certainty: 'example',
    payload: {
      ...base('BOTHIDS', 'delivered'),
      recipient_user_id: userId,
      parent_recipient_user_id: parentUserId,
      pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'marketing' },
    },
    contacts: [{ ...defaultContacts[0], user_id: userId, parent_user_id: parentUserId }],
  },
  {
    name: 'delivered, with the user id alone',
    source: 'business-scoped-user-ids',
    certainty: 'example',
    payload: {
      id: wamid('USERONLY'),
      status: 'delivered',
      timestamp: '1763720460',
      recipient_user_id: userId,
      parent_user_id: parentUserId,
      pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'marketing' },
    },
    contacts: hiddenContacts,
  },
] as const satisfies readonly StatusSample[]
