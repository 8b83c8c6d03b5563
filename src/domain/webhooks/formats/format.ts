import type { WebhookEventType } from '../events.ts'

/** An event as it is stored, with its payload as text. */
export interface StoredEvent {
  eventId: string
  type: string
  payload: string
  /** A sample that was asked for: it is wanted in any case. */
  test: boolean
}

/**
 * How the deliveries to an endpoint are written and signed. An endpoint of a format with words of its own subscribes in
 * those words (`names`); the types of events that must reach it follow from them.
 */
export interface DeliveryFormat {
  /** `query`: a delivery is a GET, and its body stands in the query of the URL. */
  sentAs?: 'query'
  newSecret(): string
  /** The types of events that an endpoint with these subscriptions hears. */
  typesOf(names: readonly string[]): WebhookEventType[]
  /** The body of a delivery; null for an event that no subscription means. */
  bodyOf(event: StoredEvent, names: readonly string[]): string | null
  /** The message that an event is about, where its sender is to know that it was told. */
  messageOf?(event: StoredEvent): string | null
  /** The headers of one attempt. `secrets` are those that sign, the present one first. */
  headersOf(attempt: {
    eventId: string
    at: Date
    body: string
    secrets: readonly string[]
    test: boolean
  }): Record<string, string>
}
