import type { Context } from '../../../context.ts'
import { savePreferences, type ContactPreference } from '../../../db/stores/contacts/preferences.ts'
import type { PreferenceEvent } from '../../../domain/provider-notices.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import type { NewEvent } from '../../../domain/webhooks/events.ts'
import { capped } from '../../../kit/storable.ts'
import { idFrom } from '../../../kit/id.ts'
import { forgetPreferencesCache } from '../../contacts/preferences.ts'
import { publishEvents } from '../../webhooks/publish.ts'
import type { Receivers } from '../receivers.ts'
import type { Verified } from '../verified.ts'

const rawCharsMax = 4_000

/** Keeps what customers allow, for each sender that they told it to, and publishes it. */
export async function applyPreferences(
  ctx: Context,
  verified: readonly Verified<PreferenceEvent>[],
  receivers: Receivers,
): Promise<void> {
  const told = verified.flatMap(({ event, ...one }) =>
    receivers.of({ ...one, event }).map((session) => ({ event, session })),
  )
  if (told.length === 0) return
  await savePreferences(
    ctx.db,
    told.flatMap(({ event, session }) => preferencesOf(event, session)),
  )
  forgetPreferencesCache(ctx, new Set(told.map(({ session }) => session.accountId)))
  await publishEvents(
    ctx,
    told.map(({ event, session }) => announcementOf(event, session)),
  )
}

/** One for the number, and one for the business-scoped user id. */
function preferencesOf(event: PreferenceEvent, session: LiveSession): ContactPreference[] {
  return [event.address, event.userId].flatMap((address) =>
    address === null
      ? []
      : [
          {
            accountId: session.accountId,
            address,
            sessionId: session.id,
            category: event.category,
            value: event.value,
            at: new Date(event.at),
          },
        ],
  )
}

function announcementOf(event: PreferenceEvent, session: LiveSession): NewEvent {
  const at = new Date(event.at)
  const { value: raw, truncated: rawTruncated } = capped(event.raw, rawCharsMax)
  const data = {
    session: session.id,
    contact: event.address,
    contactUserId: event.userId,
    category: event.category,
    value: event.value,
    detail: event.detail,
    raw,
    rawTruncated,
    at: event.at,
  }
  return {
    id: idFrom(at, JSON.stringify(['preference', data])),
    accountId: session.accountId,
    sessionId: session.id,
    orderKey: event.address ?? event.userId,
    at,
    type: 'contact.preferences_updated',
    data,
  }
}
