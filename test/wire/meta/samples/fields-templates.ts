import type { FieldSample } from './sample.ts'

const about = {
  message_template_id: 1789556908129899,
  message_template_name: 'order_shipped',
  message_template_language: 'en_US',
} as const

const status = (event: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  event,
  ...about,
  reason: 'NONE',
  message_template_category: 'UTILITY',
  ...rest,
})

const statusField = 'message_template_status_update'
const statusPage = 'webhooks/reference/message_template_status_update'

const statusNews = (
  event: string,
  rest?: Readonly<Record<string, unknown>>,
  certainty: FieldSample['certainty'] = 'composed',
) =>
  ({
    name: `template ${event}`,
    source: statusPage,
    certainty,
    field: statusField,
    value: status(event, rest),
  }) as const satisfies FieldSample

/** News of templates. */
export const templateFields = [
  {
    name: 'template APPROVED',
    source: statusPage,
    certainty: 'example',
    field: statusField,
    value: status('APPROVED'),
  },
  {
    name: 'template REJECTED, with advice',
    source: statusPage,
    certainty: 'example',
    field: statusField,
    value: {
      event: 'REJECTED',
      ...about,
      reason: 'INVALID_FORMAT',
      message_template_category: 'MARKETING',
      rejection_info: {
        reason: 'Your template has parameters placed next to each other (like {{1}}{{2}}).',
        recommendation: 'Separate parameters with descriptive text.',
      },
    },
  },
  // The other reasons that Meta names.
  ...[
    'ABUSIVE_CONTENT',
    'CATEGORY_NOT_AVAILABLE',
    'INCORRECT_CATEGORY',
    'PROMOTIONAL',
    'SCAM',
    'TAG_CONTENT_MISMATCH',
  ].map(
    (reason) =>
      ({
        name: `template REJECTED, ${reason}`,
        source: statusPage,
        certainty: 'composed',
        field: statusField,
        value: status('REJECTED', { reason }),
      }) as const satisfies FieldSample,
  ),
  statusNews('PENDING'),
  statusNews('PAUSED', {
    other_info: {
      title: 'FIRST_PAUSE',
      description: 'Your template is paused for 3 hours because of low quality.',
    },
  }),
  statusNews('FLAGGED', { disable_info: { disable_date: 'November 30, 2025' } }),
  statusNews('DISABLED', { disable_info: { disable_date: '1763720400' } }),
  statusNews('REINSTATED'),
  statusNews('IN_APPEAL'),
  statusNews('LIMIT_EXCEEDED'),
  // Meta's page has `other_info` for templates that are locked or unlocked, with these titles.
  statusNews('LOCKED', {
    other_info: { title: 'RATE_LIMITING_PAUSE', description: 'The template cannot be edited now.' },
  }),
  statusNews(
    'UNPAUSED',
    { other_info: { title: 'UNPAUSE', description: 'The template can be sent again.' } },
    'third-party',
  ),
  statusNews('PENDING_DELETION'),
  statusNews('DELETED'),
  statusNews('ARCHIVED'),
  statusNews('UNARCHIVED', {}, 'third-party'),
  {
    // Meta's own example names the wrong field (that of the status) for this value.
    name: 'template quality',
    source: 'webhooks/reference/message_template_quality_update',
    certainty: 'example',
    field: 'message_template_quality_update',
    value: { previous_quality_score: 'GREEN', new_quality_score: 'YELLOW', ...about },
  },
  {
    name: 'template quality under the field of the status, as the example has it',
    source: 'webhooks/reference/message_template_quality_update',
    certainty: 'example',
    field: statusField,
    value: { previous_quality_score: 'YELLOW', new_quality_score: 'RED', ...about },
  },
  {
    name: 'template components',
    source: 'webhooks/reference/message_template_components_update',
    certainty: 'example',
    field: 'message_template_components_update',
    value: {
      ...about,
      message_template_title: 'Your order is on its way!',
      message_template_element: 'Thank you, {{1}}! Your order number is {{2}}.',
      message_template_footer: 'Fern & Sons',
      message_template_buttons: [
        {
          message_template_button_type: 'PHONE_NUMBER',
          message_template_button_text: 'Call us',
          message_template_button_phone_number: '+15550199001',
        },
        {
          message_template_button_type: 'URL',
          message_template_button_text: 'Write to us',
          message_template_button_url: 'https://fern.example/support',
        },
      ],
    },
  },
  {
    // In 24 hours: `new_category` is the present one.
    name: 'template category, announced',
    source: 'webhooks/reference/template_category_update',
    certainty: 'example',
    field: 'template_category_update',
    value: {
      ...about,
      new_category: 'UTILITY',
      correct_category: 'MARKETING',
      category_update_timestamp: 1763806800,
    },
  },
  {
    name: 'template category, changed',
    source: 'webhooks/reference/template_category_update',
    certainty: 'example',
    field: 'template_category_update',
    value: { ...about, previous_category: 'UTILITY', new_category: 'MARKETING' },
  },
  {
    name: 'template category, misuse found',
    source: 'direct-send/integrity-and-content-guidelines, quoted by others',
    certainty: 'third-party',
    field: 'template_correct_category_detection',
    value: { ...about, category: 'UTILITY', correct_category: 'MARKETING' },
  },
] as const satisfies readonly FieldSample[]
