import { groupId, metadata, userId, userNumber, type FieldSample, type Json } from './sample.ts'

const requestId = 'Wm9vbXJlcXVlc3Q6MTIz'
const joinRequestId = 'Sm9pbnJlcXVlc3Q6NDU2'
const error = {
  code: 131208,
  message: 'Group rate limit reached',
  title: 'Group rate limit reached',
  error_data: { details: 'Too many operations on groups in a short time.' },
} as const

const news = (certainty: FieldSample['certainty'], name: string, field: string, type: string, rest: Json) =>
  ({
    name: `group, ${name}`,
    source: 'groups/webhooks',
    certainty,
    field,
    value: {
      messaging_product: 'whatsapp',
      metadata,
      groups: [{ timestamp: '1763720400', group_id: groupId, type, ...rest }],
    },
  }) as const satisfies FieldSample

const life = 'group_lifecycle_update'
const people = 'group_participants_update'
const settings = 'group_settings_update'

/** News of groups. Meta's examples have placeholders only; the values here are invented throughout. */
export const groupFields = [
  news('example', 'created', life, 'group_create', {
    request_id: requestId,
    subject: 'Gardeners',
    description: 'All about ferns',
    invite_link: 'https://chat.whatsapp.com/Ab1Cd2Ef3Gh4',
    join_approval_mode: 'approval_required',
  }),
  news('example', 'not created', life, 'group_create', {
    request_id: requestId,
    subject: 'Gardeners',
    errors: [error],
  }),
  news('example', 'deleted', life, 'group_delete', { request_id: requestId }),
  news('example', 'not deleted', life, 'group_delete', { request_id: requestId, errors: [error] }),
  news('example', 'joined by link', people, 'group_participants_add', {
    reason: 'invite_link',
    added_participants: [{ wa_id: userNumber }],
  }),
  news('composed', 'asks to join', people, 'group_join_request_created', {
    join_request_id: joinRequestId,
    wa_id: userNumber,
  }),
  news('composed', 'takes the question back', people, 'group_join_request_revoked', {
    join_request_id: joinRequestId,
    wa_id: userNumber,
  }),
  news('example', 'join request approved', people, 'group_participants_add', {
    reason: 'invite_link',
    added_participants: [{ input: `+${userNumber}`, wa_id: userNumber, user_id: userId }],
  }),
  news('example', 'participants removed', people, 'group_participants_remove', {
    request_id: requestId,
    removed_participants: [{ input: userNumber }, { input: '15550142234' }],
    initiated_by: 'business',
  }),
  news('example', 'participants removed in part', people, 'group_participants_remove', {
    request_id: requestId,
    removed_participants: [{ input: userNumber }],
    failed_participants: [{ input: '15550142234', errors: [error] }],
    errors: [error],
    initiated_by: 'business',
  }),
  news('example', 'participants not removed', people, 'group_participants_remove', {
    request_id: requestId,
    failed_participants: [{ input: userNumber }],
    errors: [error],
    initiated_by: 'business',
  }),
  news('example', 'participant left', people, 'group_participants_remove', {
    removed_participants: [{ wa_id: userNumber }],
    initiated_by: 'participant',
  }),
  news('example', 'settings changed', settings, 'group_settings_update', {
    request_id: requestId,
    profile_picture: { mime_type: 'image/jpeg', update_successful: true, sha256: 'VfInY0gGKTs=' },
    group_subject: { text: 'Gardeners of the north', update_successful: true },
    group_description: { text: 'All about ferns', update_successful: true },
  }),
  news('example', 'settings changed in part', settings, 'group_settings_update', {
    request_id: requestId,
    profile_picture: { mime_type: 'image/jpeg', update_successful: true, sha256: 'VfInY0gGKTs=' },
    group_subject: { text: 'Gardeners of the north', update_successful: false, errors: [error] },
    errors: [error],
  }),
  news('example', 'suspended', 'group_status_update', 'group_suspend', {}),
  news('example', 'suspension lifted', 'group_status_update', 'group_suspend_cleared', {}),
] as const satisfies readonly FieldSample[]
