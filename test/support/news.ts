import { postCallback } from './callbacks.ts'
import type { TestService } from './service.ts'

/** Has Meta tell something of every aspect of a number's health. */
export async function reportHealth(hermod: TestService, phoneNumberId: string): Promise<void> {
  const metadata = { phone_number_id: phoneNumberId }
  const changes = [
    {
      field: 'account_update',
      value: {
        event: 'DISABLED_UPDATE',
        ban_info: { waba_ban_state: 'SCHEDULE_FOR_DISABLE', waba_ban_date: 'December 1, 2026' },
        violation_info: { violation_type: 'ADULT', remediation: 'Stop that.' },
        restriction_info: [
          {
            restriction_type: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION',
            expiration: 1_764_325_200,
            remediation: 'Wait.',
          },
        ],
      },
    },
    {
      field: 'phone_number_quality_update',
      value: { event: 'DOWNGRADE', old_limit: 'TIER_10K', current_limit: 'TIER_2K' },
    },
    {
      field: 'phone_number_name_update',
      value: { decision: 'REJECTED', requested_verified_name: 'fern', rejection_reason: 'NAME_FORMAT' },
    },
    { field: 'account_review_update', value: { decision: 'APPROVED' } },
    {
      field: 'account_alerts',
      value: {
        alert_info: {
          alert_type: 'A_LIMIT',
          alert_severity: 'WARNING',
          alert_status: 'ACTIVE',
          alert_description: 'Limits stay.',
        },
      },
    },
  ].map(({ field, value }) => ({ field, value: { metadata, ...value } }))
  await post(hermod, changes)
}

/** Has Meta say late, and with all its words, that a message failed. */
export async function refuseLate(hermod: TestService, phoneNumberId: string, wamid: string): Promise<void> {
  const error = {
    code: 131_026,
    title: 'Message undeliverable',
    message: 'Message undeliverable',
    error_data: { details: 'The recipient has an old version.' },
    href: '/support/error-codes',
  }
  const status = {
    id: wamid,
    status: 'failed',
    timestamp: '1763720460',
    pricing: { billable: false },
    conversation: { id: 'c' },
    novelty: 1,
    errors: [error],
  }
  const value = { metadata: { phone_number_id: phoneNumberId }, statuses: [status] }
  await post(hermod, [{ field: 'messages', value }])
}

async function post(hermod: TestService, changes: unknown[]): Promise<void> {
  await postCallback(hermod, JSON.stringify({ entry: [{ id: '102290129340398', changes }] }))
}
