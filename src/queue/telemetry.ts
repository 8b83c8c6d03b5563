import type { Telemetry } from 'bullmq'

/** Carries a trace from the process that enqueues a job to the one that handles it: BullMQ's own package. */
export type QueueTelemetry = Telemetry

/** Loads it, which nobody else pays for. */
export async function loadQueueTelemetry(): Promise<QueueTelemetry> {
  const { BullMQOtel } = await import('bullmq-otel')
  return new BullMQOtel({ tracerName: 'hermod' })
}
