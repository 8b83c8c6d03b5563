import type { ProviderEvent } from '../../domain/provider-event.ts'
import { parseCallback } from '../../wire/meta/callback.ts'

/**
 * Events as a callback of Meta's with this value would bring them. The sandbox writes what Meta would and has it read
 * the same way, so that whatever is read of a callback is there in the sandbox too.
 */
export function readAsCallback(value: Record<string, unknown>): ProviderEvent[] {
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', ...value } }
  const callback = { object: 'whatsapp_business_account', entry: [{ id: 'sandbox', changes: [change] }] }
  return parseCallback(Buffer.from(JSON.stringify(callback)))
}

/** A time as Meta writes it: whole seconds. */
export function metaTime(at: Date): string {
  return String(Math.floor(at.getTime() / 1_000))
}
