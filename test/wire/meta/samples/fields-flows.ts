import type { FieldSample, Json } from './sample.ts'

const flow = (certainty: FieldSample['certainty'], name: string, event: string, rest: Json) =>
  ({
    name: `flow, ${name}`,
    source: 'flows/guides/flowswebhooks',
    certainty,
    field: 'flows',
    value: { event, flow_id: '791244242662599', ...rest },
  }) as const satisfies FieldSample

/** News of flows: their status, and how their clients and endpoints do. */
export const flowFields = [
  flow('example', 'status', 'FLOW_STATUS_CHANGE', {
    message: 'Flow Booking changed status from DRAFT to PUBLISHED',
    old_status: 'DRAFT',
    new_status: 'PUBLISHED',
  }),
  flow('composed', 'status, throttled', 'FLOW_STATUS_CHANGE', {
    message: 'Flow Booking changed status from PUBLISHED to THROTTLED',
    old_status: 'PUBLISHED',
    new_status: 'THROTTLED',
  }),
  flow('example', 'errors of clients', 'CLIENT_ERROR_RATE', {
    message: 'The flow client request error rate has reached the 10% threshold in the last 60 minutes.',
    error_rate: 14.28,
    threshold: 10,
    alert_state: 'ACTIVATED',
    errors: [
      { error_type: 'INVALID_SCREEN_TRANSITION', error_rate: 66.66, error_count: 2 },
      { error_type: 'PUBLIC_KEY_MISSING', error_rate: 33.33, error_count: 1 },
    ],
  }),
  flow('example', 'errors of the endpoint', 'ENDPOINT_ERROR_RATE', {
    message: 'The flow endpoint request error rate has reached the 10% threshold in the last 30 minutes.',
    error_rate: 14.28,
    threshold: 10,
    alert_state: 'ACTIVATED',
    errors: [{ error_type: 'TIMEOUT', error_rate: 100, error_count: 1 }],
  }),
  flow('example', 'slow endpoint', 'ENDPOINT_LATENCY', {
    message: 'Flow endpoint latency has reached the p90 threshold in the last 30 minutes.',
    p90_latency: 8000,
    p50_latency: 500,
    requests_count: 34,
    threshold: 7000,
    alert_state: 'ACTIVATED',
  }),
  flow('composed', 'endpoint out of reach', 'ENDPOINT_AVAILABILITY', {
    message: 'The flow endpoint availability has breached the 90% threshold in the last 10 minutes.',
    availability: 75,
    threshold: 90,
    alert_state: 'ACTIVATED',
  }),
] as const satisfies readonly FieldSample[]
