import { groupId, userId, userNumber, wamid } from '../../wire/meta/samples/sample.ts'
import {
  type Expected,
  partOf,
  answered,
  product,
  text,
  file,
  image,
  reply,
  form,
  unknownType,
  changed,
  newUserId,
  hidden,
  wacid,
  addressOf,
} from './expected-shapes.ts'

/** Of answers, changes, news and senders, by the name of the sample. */
export const expectedAnswers: Record<string, Expected> = {
  'button, a quick reply of a template': { ...reply('button', 'ps_1_yes', 'Yes'), ...answered },
  'interactive, button_reply': { ...reply('button', 'cancel-42', 'Cancel'), ...answered },
  'interactive, list_reply': {
    ...reply('list', 'express', 'Express Mail', { description: 'Within 2 Days' }),
    ...answered,
  },
  'interactive, list_reply without description': { ...reply('list', 'pickup', 'I pick it up'), ...answered },
  'interactive, nfm_reply of a flow': {
    content: {
      reply: {
        type: 'flow',
        id: 'flow',
        title: 'Sent',
        response: '{"flow_token":"booking-42","date":"2026-01-15","guests":4}',
        responseData: { flow_token: 'booking-42', date: '2026-01-15', guests: 4 },
      },
    },
    body: 'Sent',
    ...answered,
  },
  'interactive, nfm_reply of an address message': {
    ...form(
      'address',
      'address_message',
      'Ines Okafor\n +911155501422\n 400001, Hill View, Wing B, Mumbai, 3',
      addressOf('interactive, nfm_reply of an address message'),
    ),
    ...answered,
  },
  'interactive, nfm_reply of an address message, old shape': form(
    'address',
    'address_message',
    'Mumbai',
    '{"values":{"city":"Mumbai"}}',
  ),
  'interactive, call_permission_reply, accepted for a time': {
    content: {
      callPermission: {
        response: 'accept',
        permanent: false,
        expiresAt: '2025-11-28T10:20:00.000Z',
        source: 'user_action',
      },
    },
    replyTo: wacid,
  },
  'interactive, call_permission_reply, for good and by itself': {
    content: { callPermission: { response: 'accept', permanent: true, source: 'automatic' } },
    replyTo: wacid,
  },
  'interactive, call_permission_reply, refused': {
    content: { callPermission: { response: 'reject', source: 'user_action' } },
    ...answered,
  },
  'interactive, payment_method': { content: { other: partOf('interactive, payment_method') } },
  'interactive, product': { content: { product }, ...answered },
  'edit, of the caption of an image': {
    content: {
      edit: {
        messageId: wamid('IMAGE'),
        type: 'image',
        content: file('image', '1103383421387299', 'image/jpeg', image, { caption: 'The courtyard, in May' }),
      },
    },
    body: 'The courtyard, in May',
  },
  'edit, of a text': {
    content: {
      edit: { messageId: wamid('TEXT'), type: 'text', content: { message: 'Does it come in green?' } },
    },
    body: 'Does it come in green?',
  },
  revoke: { content: { revoke: { messageId: wamid('TEXT') } } },
  'system, user_changed_number': {
    content: { system: { type: 'user_changed_number', body: changed, newNumber: '15550155358' } },
    body: changed,
  },
  'system, user_changed_number, with user ids': {
    content: {
      system: {
        type: 'user_changed_number',
        body: changed,
        newNumber: '15550155358',
        newUserId,
        previousUserId: userId,
      },
    },
    body: changed,
    beside: { fromUserId: userId },
  },
  'system, user_changed_user_id': {
    content: {
      system: {
        type: 'user_changed_user_id',
        body: `User changed from ${userId} to ${newUserId}`,
        newUserId,
        previousUserId: userId,
      },
    },
    body: `User changed from ${userId} to ${newUserId}`,
    from: userId,
  },
  'system, customer_identity_changed': {
    content: {
      system: { type: 'customer_identity_changed', body: 'User Ines Okafor changed their identity' },
    },
    body: 'User Ines Okafor changed their identity',
  },
  'system, customer_changed_number': {
    content: {
      system: {
        type: 'customer_changed_number',
        body: 'Ines Okafor changed from 15550142233 to 15550155358',
        newNumber: '15550155358',
      },
    },
    body: 'Ines Okafor changed from 15550142233 to 15550155358',
  },
  'unsupported, edit': { content: { unsupported: { type: 'edit' } }, beside: unknownType },
  'unsupported, poll': { content: { unsupported: { type: 'poll' } }, beside: unknownType },
  'unsupported, button': { content: { unsupported: { type: 'button' } }, beside: unknownType },
  'unsupported, without a kind': { content: { unsupported: {} }, beside: unknownType },
  unknown: { content: { other: {} } },
  ephemeral: { content: { other: {} }, beside: unknownType },
  request_welcome: { content: { other: {} } },
  'a type that nobody knows yet': { content: { other: { id: '1', depth: { z: [1, 2] } } }, type: 'hologram' },
  'text, of a group': text('What does everyone think?', { beside: { group: { id: groupId } } }),
  'unsupported, of a group': { content: { unsupported: {} }, beside: { group: { id: groupId } } },
  'text, of someone who hides the number': text('Does it come in blue?', { from: userId, beside: hidden }),
  'text, of someone with number and username': text('Hello', { from: userNumber, beside: hidden }),
  'interactive, button_reply of someone who hides the number, in a group': {
    ...reply('button', 'yes', 'Yes'),
    ...answered,
    from: userId,
    beside: { ...hidden, group: { id: groupId } },
  },
}
