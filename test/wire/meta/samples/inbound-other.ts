import {
  answering,
  groupId,
  hiddenContacts,
  mediaUrl,
  parentUserId,
  received,
  userId,
  userNumber,
  wamid,
  type InboundSample,
} from './sample.ts'

/** Edits and revocations, for numbers that the business app uses too. */
export const inboundChanges = [
  {
    name: 'edit, of the caption of an image',
    source: 'webhooks/reference/messages/edit',
    certainty: 'example',
    payload: received('EDITIMAGE', {
      type: 'edit',
      edit: {
        original_message_id: wamid('IMAGE'),
        message: {
          context: { id: 'M0' },
          type: 'image',
          image: {
            caption: 'The courtyard, in May',
            mime_type: 'image/jpeg',
            sha256: 'TfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUE=',
            id: '1103383421387299',
            url: mediaUrl,
          },
        },
      },
    }),
  },
  {
    name: 'edit, of a text',
    source: 'webhooks/reference/messages/edit',
    certainty: 'composed',
    payload: received('EDITTEXT', {
      type: 'edit',
      edit: {
        original_message_id: wamid('TEXT'),
        message: { context: { id: 'M0' }, type: 'text', text: { body: 'Does it come in green?' } },
      },
    }),
  },
  {
    name: 'revoke',
    source: 'webhooks/reference/messages/revoke',
    certainty: 'example',
    payload: received('REVOKE', { type: 'revoke', revoke: { original_message_id: wamid('TEXT') } }),
  },
] as const satisfies readonly InboundSample[]

/** Changes of number and identity. Such a change has no `contacts`. */
export const inboundSystem = [
  {
    name: 'system, user_changed_number',
    source: 'webhooks/reference/messages/system',
    certainty: 'example',
    payload: received('NUMBER', {
      system: {
        body: 'User Ines Okafor changed from 15550142233 to 15550155358',
        wa_id: '15550155358',
        type: 'user_changed_number',
      },
      type: 'system',
    }),
    contacts: [],
  },
  {
    name: 'system, user_changed_number, with user ids',
    source: 'webhooks/reference/messages/system (2026-08-11)',
    certainty: 'composed',
    payload: received('NUMBERID', {
      from_user_id: userId,
      system: {
        body: 'User Ines Okafor changed from 15550142233 to 15550155358',
        wa_id: '15550155358',
        user_id: 'US.30491208655302741988',
        previous_user_id: userId,
        parent_user_id: 'US.ENT.41815799212886844800',
        previous_parent_user_id: parentUserId,
        type: 'user_changed_number',
      },
      type: 'system',
    }),
    contacts: [],
  },
  {
    name: 'system, user_changed_user_id',
    source: 'webhooks/reference/messages/system (2026-08-11)',
    certainty: 'composed',
    payload: {
      id: wamid('USERID'),
      timestamp: '1763720400',
      type: 'system',
      system: {
        body: `User changed from ${userId} to US.30491208655302741988`,
        user_id: 'US.30491208655302741988',
        previous_user_id: userId,
        type: 'user_changed_user_id',
      },
    },
    contacts: [],
  },
  {
    // From the time of the on-premises API; Meta's current page no longer names it.
    name: 'system, customer_identity_changed',
    source: 'the former page cloud-api/webhooks/components',
    certainty: 'third-party',
    payload: received('IDENTITY', {
      system: {
        body: 'User Ines Okafor changed their identity',
        identity: 'EF3mT6w3X7y=',
        type: 'customer_identity_changed',
        customer: userNumber,
      },
      type: 'system',
    }),
    contacts: [],
  },
  {
    // The former name of `user_changed_number`.
    name: 'system, customer_changed_number',
    source: 'the former page cloud-api/webhooks/components',
    certainty: 'third-party',
    payload: received('CUSTOMERNUMBER', {
      system: {
        body: 'Ines Okafor changed from 15550142233 to 15550155358',
        new_wa_id: '15550155358',
        type: 'customer_changed_number',
      },
      type: 'system',
    }),
    contacts: [],
  },
] as const satisfies readonly InboundSample[]

const unknownType = {
  code: 131051,
  title: 'Message type unknown',
  message: 'Message type unknown',
  error_data: { details: 'Message type is currently not supported.' },
} as const

const unsupported = (kind: string) =>
  ({
    name: `unsupported, ${kind}`,
    source: 'webhooks/reference/messages/unsupported',
    certainty: kind === 'edit' ? 'example' : 'composed',
    payload: received(`UNSUPPORTED${kind.toUpperCase()}`, {
      errors: [unknownType],
      type: 'unsupported',
      unsupported: { type: kind },
    }),
  }) as const satisfies InboundSample

/** What Meta cannot hand on, and what users do before they write. */
export const inboundUnsupported = [
  unsupported('edit'),
  unsupported('poll'),
  unsupported('button'),
  {
    name: 'unsupported, without a kind',
    source: 'webhooks/reference/messages/unsupported (before November 2025)',
    certainty: 'composed',
    payload: received('UNSUPPORTED', { errors: [unknownType], type: 'unsupported' }),
  },
  {
    // The type of unsupported messages in callbacks of older versions.
    name: 'unknown',
    source: 'the former page cloud-api/webhooks/payload-examples',
    certainty: 'third-party',
    payload: received('UNKNOWN', {
      type: 'unknown',
      errors: [
        {
          code: 131051,
          details: 'Message type is not currently supported',
          title: 'Unsupported message type',
        },
      ],
    }),
  },
  {
    // A message that disappears. From the time of the on-premises API.
    name: 'ephemeral',
    source: 'the former page cloud-api/webhooks/components',
    certainty: 'third-party',
    payload: received('EPHEMERAL', { type: 'ephemeral', errors: [unknownType] }),
  },
  {
    // The user opened the chat for the first time; the automation component "welcome message" must be on.
    name: 'request_welcome',
    source: 'business-phone-numbers/conversational-components',
    certainty: 'composed',
    payload: received('WELCOME', { type: 'request_welcome' }),
  },
  {
    name: 'a type that nobody knows yet',
    source: 'invented, to stand for what Meta adds next',
    certainty: 'composed',
    payload: received('HOLOGRAM', { type: 'hologram', hologram: { id: '1', depth: { z: [1, 2] } } }),
  },
] as const satisfies readonly InboundSample[]

/** Messages of groups and of people without a number. */
export const inboundSenders = [
  {
    name: 'text, of a group',
    source: 'webhooks/reference/messages/group',
    certainty: 'example',
    payload: received('GROUPTEXT', {
      group_id: groupId,
      type: 'text',
      text: { body: 'What does everyone think?' },
    }),
  },
  {
    name: 'unsupported, of a group',
    source: 'groups/groups-messaging',
    certainty: 'example',
    payload: received('GROUPUNSUPPORTED', {
      group_id: groupId,
      errors: [
        {
          code: 130501,
          message: 'Message type is not currently supported',
          title: 'Unsupported message type',
          error_data: { details: 'Groups do not support this type.' },
        },
      ],
      type: 'unsupported',
    }),
  },
  {
    name: 'text, of someone who hides the number',
    source: 'business-scoped-user-ids',
    certainty: 'example',
    payload: {
      from_user_id: userId,
      from_parent_user_id: parentUserId,
      id: wamid('HIDDEN'),
      timestamp: '1763720400',
      type: 'text',
      text: { body: 'Does it come in blue?' },
    },
    contacts: hiddenContacts,
  },
  {
    name: 'text, of someone with number and username',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    payload: received('BOTH', {
      from_user_id: userId,
      from_parent_user_id: parentUserId,
      type: 'text',
      text: { body: 'Hello' },
    }),
    contacts: [{ ...hiddenContacts[0], wa_id: userNumber }],
  },
  {
    name: 'interactive, button_reply of someone who hides the number, in a group',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    payload: {
      context: answering,
      from_user_id: userId,
      group_id: groupId,
      id: wamid('HIDDENGROUP'),
      timestamp: '1763720400',
      type: 'interactive',
      interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } },
    },
    contacts: hiddenContacts,
  },
] as const satisfies readonly InboundSample[]
