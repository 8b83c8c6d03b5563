import {
  businessNumber,
  clickId,
  defaultContacts,
  metadata,
  portfolioId,
  userId,
  userNumber,
  wamid,
  type FieldSample,
} from './sample.ts'

const whatsapp = { messaging_product: 'whatsapp', metadata } as const

/** News of a number, and of the wishes of users. */
export const numberFields = [
  {
    name: 'number quality, throughput',
    source: 'webhooks/reference/phone_number_quality_update',
    certainty: 'example',
    field: 'phone_number_quality_update',
    value: {
      display_phone_number: businessNumber,
      event: 'THROUGHPUT_UPGRADE',
      current_limit: 'TIER_UNLIMITED',
    },
  },
  {
    name: 'number quality, a lower limit',
    source: 'webhooks/reference/phone_number_quality_update',
    certainty: 'composed',
    field: 'phone_number_quality_update',
    value: {
      display_phone_number: businessNumber,
      event: 'DOWNGRADE',
      old_limit: 'TIER_10K',
      current_limit: 'TIER_2K',
      max_daily_conversations_per_business: 'TIER_2K',
    },
  },
  {
    name: 'number quality, flagged',
    source: 'App Dashboard, quoted by others',
    certainty: 'dashboard',
    field: 'phone_number_quality_update',
    value: { display_phone_number: '16505551111', event: 'FLAGGED', current_limit: 'TIER_10K' },
  },
  {
    name: 'number name, approved',
    source: 'webhooks/reference/phone_number_name_update',
    certainty: 'example',
    field: 'phone_number_name_update',
    value: {
      display_phone_number: businessNumber,
      decision: 'APPROVED',
      requested_verified_name: 'Fern & Sons',
      rejection_reason: null,
    },
  },
  {
    name: 'number name, rejected',
    source: 'webhooks/reference/phone_number_name_update',
    certainty: 'composed',
    field: 'phone_number_name_update',
    value: {
      display_phone_number: businessNumber,
      decision: 'REJECTED',
      requested_verified_name: 'fern',
      rejection_reason: 'NAME_FORMAT_UNACCEPTABLE',
    },
  },
  {
    name: 'username of the business',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    field: 'business_username_update',
    value: { display_phone_number: businessNumber, username: 'fernandsons', status: 'approved' },
  },
  {
    // The page's heading has this spelling, its example the other.
    name: 'username of the business, under the other spelling',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    field: 'business_username_updates',
    value: { display_phone_number: businessNumber, username: 'fernandsons', status: 'reserved' },
  },
  {
    name: 'payment configuration',
    source: 'webhooks/reference/payment_configuration_update',
    certainty: 'example',
    field: 'payment_configuration_update',
    value: {
      configuration_name: 'razorpay-live',
      provider_name: 'razorpay',
      provider_mid: 'acc_HP4lfNA0iIMn9Z',
      status: 'Needs Testing',
      created_timestamp: 1763720400,
      updated_timestamp: 1763820400,
    },
  },
  {
    name: 'user preferences, stop',
    source: 'webhooks/reference/user_preferences',
    certainty: 'composed',
    field: 'user_preferences',
    value: {
      ...whatsapp,
      contacts: defaultContacts,
      user_preferences: [
        {
          wa_id: userNumber,
          detail: 'User requested to stop marketing messages',
          category: 'marketing_messages',
          value: 'stop',
          timestamp: 1763720400,
        },
      ],
    },
  },
  {
    name: 'user preferences, resume',
    source: 'webhooks/reference/user_preferences',
    certainty: 'example',
    field: 'user_preferences',
    value: {
      ...whatsapp,
      contacts: [{ wa_id: userNumber }],
      user_preferences: [
        {
          wa_id: userNumber,
          detail: 'User requested to resume marketing messages',
          category: 'marketing_messages',
          value: 'resume',
          timestamp: 1763720500,
        },
      ],
    },
  },
  {
    name: 'user preferences, stop, of someone who hides the number',
    source: 'business-scoped-user-ids',
    certainty: 'composed',
    field: 'user_preferences',
    value: {
      ...whatsapp,
      contacts: [{ profile: { name: 'Ines Okafor', username: '@ines.okafor' }, user_id: userId }],
      user_preferences: [
        {
          user_id: userId,
          detail: 'User requested to stop marketing messages',
          category: 'marketing_messages',
          value: 'stop',
          timestamp: 1763720600,
        },
      ],
    },
  },
  {
    // No field one can subscribe to, Meta says since August 2026: `system` messages bring this news.
    name: 'user id changed, as once announced',
    source: 'business-scoped-user-ids (before 2026-08-11)',
    certainty: 'third-party',
    field: 'user_id_update',
    value: {
      ...whatsapp,
      contacts: [{ profile: { name: 'Ines Okafor' }, wa_id: userNumber, user_id: userId }],
      user_id_update: [
        {
          wa_id: userNumber,
          detail: 'The user id changed',
          user_id: { previous: userId, current: 'US.30491208655302741988' },
          timestamp: '1763720400',
        },
      ],
    },
  },
] as const satisfies readonly FieldSample[]

/** Events of ads, flows, partners and routing. */
export const otherFields = [
  {
    name: 'automatic event, lead',
    source: 'embedded-signup/automatic-events-api',
    certainty: 'example',
    field: 'automatic_events',
    value: {
      ...whatsapp,
      automatic_events: [
        { id: wamid('LEAD'), event_name: 'LeadSubmitted', timestamp: 1763720400, ctwa_clid: clickId },
      ],
    },
  },
  {
    name: 'automatic event, purchase',
    source: 'embedded-signup/automatic-events-api',
    certainty: 'example',
    field: 'automatic_events',
    value: {
      ...whatsapp,
      automatic_events: [
        {
          id: wamid('PURCHASE'),
          event_name: 'Purchase',
          timestamp: 1763720400,
          ctwa_clid: clickId,
          custom_data: { currency: 'USD', value: 25_000 },
        },
      ],
    },
  },
  {
    // Listed in the App Dashboard; its value was not found, this one is a guess.
    name: 'tracking events',
    source: 'a list of fields by others',
    certainty: 'third-party',
    field: 'tracking_events',
    value: { ...whatsapp, events: [{ type: 'click', timestamp: '1763720400' }] },
  },
  {
    name: 'partner solution',
    source: 'webhooks/reference/partner_solutions',
    certainty: 'example',
    field: 'partner_solutions',
    value: { event: 'SOLUTION_CREATED', solution_id: '874485461512199', solution_status: 'INITIATED' },
  },
  {
    name: 'handover, control passed',
    source: 'webhooks/reference/messaging-handovers, read through others',
    certainty: 'third-party',
    field: 'messaging_handovers',
    value: {
      messaging_product: 'whatsapp',
      sender: { phone_number: userNumber },
      recipient: metadata,
      type: 'control_passed',
      timestamp: '1763720400',
      control_passed: {
        previous_owner_app_id: '2066355071287499',
        previous_owner_app_role: 'meta_business_agent',
        previous_owner_role: 'ai_agent',
        new_owner_role: 'escalation',
        metadata: 'The customer asks for a person',
        conversation_context: { type: 'summary', summary: { text: 'A refund.' } },
      },
    },
  },
  {
    name: 'handover, control taken',
    source: 'webhooks/reference/messaging-handovers, read through others',
    certainty: 'third-party',
    field: 'messaging_handovers',
    value: {
      messaging_product: 'whatsapp',
      sender: { phone_number: userNumber },
      recipient: metadata,
      type: 'control_taken',
      timestamp: '1763720400',
      control_taken: { previous_owner_role: 'ai_agent', new_owner_role: 'escalation' },
    },
  },
  {
    name: 'a field that nobody knows yet',
    source: 'invented, to stand for what Meta adds next',
    certainty: 'composed',
    field: 'holograms_update',
    value: { business_id: portfolioId, event: 'HOLOGRAM_READY', details: { layers: [1, 2] } },
  },
] as const satisfies readonly FieldSample[]
