import { z } from 'zod'
import type { Lane } from '../domain/messages/message.ts'

/** The names of the jobs. A job carries ids and nothing else; the work to do with them stands in Postgres. */
export const jobNames = [
  'send-urgent',
  'send-normal',
  'send-bulk',
  'deliver-webhooks',
  'retry-webhooks',
] as const
export type JobName = (typeof jobNames)[number]

export const idsMax = 256

/** The payload of every job. */
export const jobPayload = z.object({ ids: z.array(z.uuid()).min(1).max(idsMax) })

/** The job of each lane. */
export const laneJob = {
  urgent: 'send-urgent',
  normal: 'send-normal',
  bulk: 'send-bulk',
} as const satisfies Record<Lane, JobName>
