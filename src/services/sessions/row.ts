import type { Context } from '../../context.ts'
import type { SessionChange } from '../../db/stores/sessions/write.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { newId } from '../../kit/id.ts'
import { encryptSettings } from '../senders/encryption.ts'
import type { GivenSettings, ReadSettings, SessionProvider } from './settings.ts'

/** A sender as it is asked for; what is null gets its default. */
export interface NewSession {
  name: string
  provider: SessionProvider
  settings: GivenSettings
  isDefault: boolean | null
  ratePerSecond: number | null
  onUnknown: Session['onUnknown'] | null
}

const sandboxRatePerSecond = 1_000

/** The row of a new session. */
export function newSession(
  ctx: Context,
  accountId: string,
  facts: Omit<NewSession, 'settings' | 'isDefault'> & { isDefault: boolean },
  { settings, senderId, businessAccountId }: ReadSettings,
): Session {
  const place = { id: newId(), accountId, name: facts.name }
  const usualRate = facts.provider === 'sandbox' ? sandboxRatePerSecond : ctx.config.send.cloudRatePerSecond
  const now = ctx.clock.now()
  return {
    ...place,
    provider: facts.provider,
    isDefault: facts.isDefault,
    credentials: encryptSettings(ctx, place, settings),
    senderId,
    businessAccountId,
    pastSenderIds: [],
    state: 'active',
    ratePerSecond: facts.ratePerSecond ?? usualRate,
    onUnknown: facts.onUnknown ?? 'retry',
    ...untold,
    breakerUntil: null,
    breakerTrips: 0,
    breakerCode: null,
    breakerDetail: null,
    lastErrorCode: null,
    lastErrorDetail: null,
    lastErrorAt: null,
    createdAt: now,
    updatedAt: now,
  }
}

/** What a provider has not said yet of a sender. */
const untold = {
  stopCode: null,
  stopDetail: null,
  displayPhoneNumber: null,
  verifiedName: null,
  qualityRating: null,
  verifiedAt: null,
} as const

/** What new settings change in a session's row. What was proven of a number holds for that number. */
export function settingsChange(ctx: Context, before: Session, read: ReadSettings): SessionChange {
  const { senderId, businessAccountId } = read
  const past = before.senderId === null ? [] : [before.senderId]
  return {
    credentials: encryptSettings(ctx, before, read.settings),
    state: 'active',
    stopCode: null,
    stopDetail: null,
    senderId,
    businessAccountId,
    ...(senderId !== before.senderId && untold),
    pastSenderIds: [...new Set([...before.pastSenderIds, ...past])].filter((one) => one !== senderId),
  }
}
