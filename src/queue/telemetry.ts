import type { Telemetry } from 'bullmq'

/** What lets a trace go on from whoever rings to whoever answers the bell: BullMQ's own package. */
export type QueueTelemetry = Telemetry

/** Loads it, which nobody else pays for. */
export async function loadQueueTelemetry(): Promise<QueueTelemetry> {
  const { BullMQOtel } = await import('bullmq-otel')
  return new BullMQOtel({ tracerName: 'hermod' })
}
