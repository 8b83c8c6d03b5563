import type { z } from 'zod'
import { openFormats } from '../../../../domain/webhooks/formats/index.ts'
import type { EndpointOverview } from '../../../../services/webhooks/endpoints.ts'
import type { endpointAnswer } from './schema.ts'

type EndpointView = z.input<typeof endpointAnswer>['data']

/** An endpoint as its owner sees it: never a secret. */
export function presentEndpoint({ endpoint, headers, at }: EndpointOverview): EndpointView {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    format: openFormats.find((one) => one === endpoint.format) ?? 'standard',
    events: endpoint.format === 'standard' ? endpoint.events : endpoint.formatEvents,
    sessions: endpoint.sessionIds,
    headers: headers.map(({ name, value, secret }) => ({ name, value: secret ? null : value, secret })),
    ratePerSecond: endpoint.ratePerSecond,
    ordered: endpoint.ordered,
    enabled: endpoint.enabled,
    disabledReason: endpoint.disabledReason,
    disabledAt: time(endpoint.disabledAt),
    failingSince: time(endpoint.failingSince),
    lastSuccessAt: time(endpoint.lastSuccessAt),
    lastFailureAt: time(endpoint.lastFailureAt),
    lastError: endpoint.lastError,
    breaker: breakerOf(endpoint.breakerUntil, at),
    oldSecretsUntil: endpoint.oldSecrets
      .filter(({ expiresAt }) => expiresAt > at)
      .map(({ expiresAt }) => expiresAt.toISOString()),
    isDefault: endpoint.isDefault,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  }
}

function breakerOf(until: Date | null, at: Date): EndpointView['breaker'] {
  if (until === null) return { state: 'closed', openUntil: null }
  return until > at
    ? { state: 'open', openUntil: until.toISOString() }
    : { state: 'half_open', openUntil: null }
}

function time(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
