import type { Delivery } from '../fakes/webhook-receiver/deliveries.ts'
import type { Reply } from '../fakes/webhook-receiver/reply.ts'
import { until, type TestService } from './service.ts'

/** A webhook endpoint of an account, at a path of the receiver of its own; deliveries there are verified. */
export interface TestEndpoint {
  id: string
  path: string
  /** What came, in order of arrival. */
  deliveries(): Delivery[]
  /** Resolves when at least so many came. */
  until(count: number): Promise<Delivery[]>
  /** Decides what each delivery gets; null goes back to 204. */
  respond(decide: ((delivery: Delivery) => Reply | null) | null): void
}

/** Gives out endpoints at one service's receiver, so that tests do not meet. */
export function endpointsOf(hermod: () => TestService): {
  make(key: string, fields?: Record<string, unknown>): Promise<TestEndpoint>
} {
  const answers = new Map<string, (delivery: Delivery) => Reply | null>()
  let made = 0
  return {
    async make(key, fields = {}) {
      const { receiver, call } = hermod()
      receiver.respond((delivery) => answers.get(delivery.path)?.(delivery) ?? null)
      made += 1
      const path = `/endpoint-${made}`
      const body = { url: `${receiver.url}${path}`, ...fields }
      const answer = await call('POST', '/webhook-endpoints', { key, body })
      if (answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
      receiver.setSecret(answer.body.data.secret, path)
      const deliveries = (): Delivery[] => receiver.deliveries.filter((one) => one.path === path)
      return {
        id: answer.body.data.id,
        path,
        deliveries,
        until: async (count) => {
          await until(
            () => deliveries().length,
            (length) => length >= count,
            `${count} deliveries to ${path}`,
          )
          return deliveries()
        },
        respond(decide) {
          if (decide === null) answers.delete(path)
          else answers.set(path, decide)
        },
      }
    },
  }
}

/** A delivery as the API lists it. */
export interface DeliveryItem {
  id: string
  eventId: string
  type: string
  status: string
  attempts: number
  lastStatus: number | null
  lastError: string | null
  nextAttemptAt: string | null
  test: boolean
}

/** What went to an endpoint, the oldest first. */
export async function deliveriesOf(
  hermod: TestService,
  key: string,
  endpointId: string,
  query = '',
): Promise<DeliveryItem[]> {
  const answer = await hermod.call('GET', `/webhook-endpoints/${endpointId}/deliveries?limit=200${query}`, {
    key,
  })
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body.data.toReversed()
}

/** Resolves when all that went to an endpoint, and as much as `count`, has one of these statuses. */
export function untilDeliveries(
  hermod: TestService,
  { key, endpointId, count }: { key: string; endpointId: string; count: number },
  ...wanted: string[]
): Promise<DeliveryItem[]> {
  return until(
    () => deliveriesOf(hermod, key, endpointId),
    (items) => items.length >= count && items.every(({ status }) => wanted.includes(status)),
    `${count} deliveries that are ${wanted.join(' or ')}`,
  )
}
