import {
  accountId,
  businessNumber,
  phoneNumberId,
  portfolioId,
  type FieldSample,
  type Json,
} from './sample.ts'

const page = 'webhooks/reference/account_update'

const update = (certainty: FieldSample['certainty'], event: string, rest: Json = {}, source = page) =>
  ({
    name: `account ${event}`,
    source,
    certainty,
    field: 'account_update',
    value: { event, ...rest },
  }) as const satisfies FieldSample

const partner = {
  waba_id: accountId,
  owner_business_id: portfolioId,
  solution_id: '1815120619246999',
  solution_partner_business_ids: ['3049482758682099', '620744086200299'],
} as const

/** Every event of `account_update`. Each is one name unless it says more. */
export const accountUpdates = [
  update('example', 'ACCOUNT_DELETED'),
  update('example', 'ACCOUNT_VIOLATION', { violation_info: { violation_type: 'ADULT' } }),
  {
    ...update(
      'example',
      'ACCOUNT_VIOLATION',
      {
        phone_number: businessNumber,
        violation_info: {
          violation_type: 'USER_INITIATED_CALLS_LOW_PICKUP_RATE',
          remediation: 'Make sure that calls are picked up.',
        },
      },
      'calling/call-settings',
    ),
    name: 'account ACCOUNT_VIOLATION, of calls',
  },
  update(
    'third-party',
    'ACCOUNT_RESTRICTION',
    {
      restriction_info: [
        { restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: 1764325200 },
        { restriction_type: 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING', expiration: 1764325200 },
        { restriction_type: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION' },
      ],
    },
    'policy-enforcement, read through others',
  ),
  {
    ...update(
      'example',
      'ACCOUNT_RESTRICTION',
      {
        phone_number: businessNumber,
        restriction_info: [
          { restriction_type: 'RESTRICTED_USER_INITIATED_CALLING', expiration: 1764325200 },
          {
            restriction_type: 'RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN',
            remediation: 'The call button has been hidden.',
          },
        ],
      },
      'calling/call-settings',
    ),
    name: 'account ACCOUNT_RESTRICTION, of calls',
  },
  update('example', 'AD_ACCOUNT_LINKED', {
    waba_info: {
      owner_business_id: portfolioId,
      ad_account_linked: '1080198427534299',
      waba_id: accountId,
    },
  }),
  update('example', 'AUTH_INTL_PRICE_ELIGIBILITY_UPDATE', {
    auth_international_rate_eligibility: {
      exception_countries: [{ country_code: 'ID', start_time: 1763720400 }],
      start_time: 1763820400,
    },
  }),
  update('example', 'BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE', { country: 'IN' }),
  update('example', 'DISABLED_UPDATE', {
    ban_info: { waba_ban_state: 'REINSTATE', waba_ban_date: 'November 17, 2025' },
  }),
  {
    ...update('composed', 'DISABLED_UPDATE', {
      ban_info: { waba_ban_state: 'DISABLE', waba_ban_date: 'November 18, 2025' },
    }),
    name: 'account DISABLED_UPDATE, disabled',
  },
  {
    ...update('composed', 'DISABLED_UPDATE', {
      ban_info: { waba_ban_state: 'SCHEDULE_FOR_DISABLE', waba_ban_date: 'December 1, 2025' },
    }),
    name: 'account DISABLED_UPDATE, to be disabled',
  },
  update('example', 'MM_LITE_TERMS_SIGNED', {
    waba_info: { owner_business_id: portfolioId, waba_id: accountId },
  }),
  update('example', 'PARTNER_ADDED', { waba_info: partner }),
  update('example', 'PARTNER_APP_INSTALLED', {
    waba_info: { ...partner, partner_app_id: '6731794616896599' },
  }),
  update('example', 'PARTNER_APP_UNINSTALLED', {
    waba_info: {
      waba_id: accountId,
      owner_business_id: portfolioId,
      partner_app_id: '6731794616896599',
    },
  }),
  update('composed', 'PARTNER_REMOVED', { waba_info: partner }),
  {
    ...update(
      'example',
      'PARTNER_REMOVED',
      { phone_number: businessNumber },
      'embedded-signup/onboarding-business-app-users',
    ),
    name: 'account PARTNER_REMOVED, by the business app',
  },
  update('example', 'PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE', {
    partner_client_certification_info: {
      client_business_id: portfolioId,
      status: 'FAILED',
      rejection_reasons: ['LEGAL NAME NOT FOUND IN DOCUMENTS'],
    },
  }),
  update('example', 'VOLUME_BASED_PRICING_TIER_UPDATE', {
    volume_tier_info: {
      tier_update_time: 1763720400,
      pricing_category: 'UTILITY',
      tier: '25000001:50000000',
      effective_month: '2025-11',
      region: 'India',
    },
  }),
  update('example', 'ACCOUNT_OFFBOARDED', {}, 'embedded-signup/onboarding-business-app-users'),
  update('example', 'ACCOUNT_RECONNECTED', {}, 'embedded-signup/onboarding-business-app-users'),
  {
    // What the App Dashboard sends on "Test".
    ...update('dashboard', 'VERIFIED_ACCOUNT', { phone_number: '16505551111' }, 'App Dashboard'),
    name: 'account VERIFIED_ACCOUNT, dashboard',
  },
] as const satisfies readonly FieldSample[]

/** Alerts, reviews, capabilities and settings of the account and its number. */
export const accountFields = [
  {
    name: 'account alert',
    source: 'webhooks/reference/account_alerts',
    certainty: 'example',
    field: 'account_alerts',
    value: {
      entity_type: 'BUSINESS',
      entity_id: portfolioId,
      alert_info: {
        alert_severity: 'WARNING',
        alert_status: 'ACTIVE',
        alert_type: 'INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED',
        alert_description: 'Limits cannot be increased for your business Fern & Sons.',
      },
    },
  },
  {
    name: 'account review',
    source: 'webhooks/reference/account_review_update',
    certainty: 'example',
    field: 'account_review_update',
    value: { decision: 'APPROVED' },
  },
  {
    name: 'account settings, calls',
    source: 'calling/call-settings',
    certainty: 'example',
    field: 'account_settings_update',
    value: {
      messaging_product: 'whatsapp',
      timestamp: '1763720400',
      type: 'phone_number_settings',
      phone_number_settings: {
        phone_number_id: phoneNumberId,
        calling: {
          status: 'ENABLED',
          call_icon_visibility: 'DEFAULT',
          callback_permission_status: 'ENABLED',
          call_hours: {
            status: 'ENABLED',
            timezone_id: 'America/Manaus',
            weekly_operating_hours: [{ day_of_week: 'MONDAY', open_time: '0400', close_time: '1020' }],
            holiday_schedule: [{ date: '2026-01-01', start_time: '0000', end_time: '2359' }],
          },
          sip: { status: 'ENABLED', servers: [{ hostname: 'sip.fern.example', port: 5061 }] },
        },
      },
    },
  },
  {
    name: 'business capability',
    source: 'webhooks/reference/business_capability_update',
    certainty: 'example',
    field: 'business_capability_update',
    value: { max_daily_conversations_per_business: 2000, max_phone_numbers_per_waba: 25 },
  },
  {
    // Before February 2026; -1 stands for no limit.
    name: 'business capability, per number',
    source: 'webhooks/reference/business_capability_update',
    certainty: 'composed',
    field: 'business_capability_update',
    value: { max_daily_conversation_per_phone: -1, max_phone_numbers_per_business: 2 },
  },
  {
    name: 'business status',
    source: 'App Dashboard, quoted by others',
    certainty: 'dashboard',
    field: 'business_status_update',
    value: { business_id: 123, event: 'COMPROMISED_NOTIFICATION' },
  },
  {
    name: 'security',
    source: 'webhooks/reference/security',
    certainty: 'example',
    field: 'security',
    value: {
      display_phone_number: businessNumber,
      event: 'PIN_RESET_REQUEST',
      requester: '71555822107599',
    },
  },
] as const satisfies readonly FieldSample[]
