import type { z } from 'zod'
import type {
  DeliveryDetail,
  DeliveryPage,
  DeliveryView,
} from '../../../../services/webhooks/delivery-log.ts'
import type { Recovery } from '../../../../services/webhooks/replay.ts'
import type { detailAnswer, listAnswer, recoveryAnswer } from './schema.ts'

type DeliveryAnswer = z.input<typeof listAnswer>['data'][number]

function presentDelivery(delivery: DeliveryView): DeliveryAnswer {
  const { id, endpointId, eventId, type, status, attempts, lastStatus, lastError, test } = delivery
  return {
    id,
    endpointId,
    eventId,
    type,
    status,
    attempts,
    lastStatus,
    lastError,
    nextAttemptAt: time(delivery.nextAttemptAt),
    deliveredAt: time(delivery.deliveredAt),
    createdAt: delivery.createdAt.toISOString(),
    test,
  }
}

/** A page of deliveries. */
export function presentDeliveries({ deliveries, ...pagination }: DeliveryPage): z.input<typeof listAnswer> {
  return { success: true, data: deliveries.map(presentDelivery), pagination }
}

/** A delivery with its event and its attempts. */
export function presentDetail(delivery: DeliveryDetail): z.input<typeof detailAnswer> {
  const payload: unknown = JSON.parse(delivery.payload)
  const log = delivery.log.map(({ at, nextAttemptAt, ...attempt }) => ({
    ...attempt,
    at: at.toISOString(),
    nextAttemptAt: time(nextAttemptAt),
  }))
  return { success: true, data: { ...presentDelivery(delivery), payload, log } }
}

/** A recovery and how far it has come. */
export function presentRecovery({
  id,
  endpointId,
  since,
  until,
  state,
  count,
  createdAt,
}: Recovery): z.input<typeof recoveryAnswer> {
  return {
    success: true,
    data: {
      id,
      endpointId,
      since: since.toISOString(),
      until: until.toISOString(),
      state,
      count,
      createdAt: createdAt.toISOString(),
    },
  }
}

function time(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
