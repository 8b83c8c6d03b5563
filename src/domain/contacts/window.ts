/**
 * For so long after a customer's last message WhatsApp takes anything for them; outside of it, templates only.
 * Source: developers.facebook.com, WhatsApp Cloud API, customer service windows.
 */
const windowMs = 24 * 3_600 * 1_000

/** Whether, and until when, an account may write freely to a customer. */
export interface ContactWindow {
  open: boolean
  /** Null: no message ever came. */
  lastInboundAt: Date | null
  /** In the past when it has closed; null when there never was one. */
  closesAt: Date | null
}

/** The window as it is at a moment. */
export function windowAt(lastInboundAt: Date | null, at: Date): ContactWindow {
  if (lastInboundAt === null) return { open: false, lastInboundAt, closesAt: null }
  const closesAt = new Date(lastInboundAt.getTime() + windowMs)
  return { open: closesAt > at, lastInboundAt, closesAt }
}
