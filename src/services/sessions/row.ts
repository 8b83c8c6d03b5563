import type { Context } from '../../context.ts'
import type { NewSessionRow, SessionChange } from '../../db/stores/sessions/write.ts'
import type { KeyMode } from '../../domain/accounts/account.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { newId } from '../../kit/id.ts'
import { encryptSettings } from '../senders/encryption.ts'
import { traitsOf } from '../senders/providers.ts'
import type { GivenSettings, ReadSettings } from './settings.ts'

/** A sender as it is asked for; what is null gets its default. */
export interface NewSession {
  name: string
  provider: string
  settings: GivenSettings
  isDefault: boolean | null
  /** Its name on a surface, by which a client of that surface knows it. */
  clientKey?: { surface: string; mode: KeyMode; key: string }
  ratePerSecond: number | null
  onUnknown: Session['onUnknown'] | null
  /** For an API that counts sessions: how many the account may have, or null for any number. */
  sessionsMax?: number | null
}

/** The row of a new session. */
export function newSession(
  ctx: Context,
  accountId: string,
  facts: Omit<NewSession, 'settings' | 'isDefault' | 'clientKey' | 'sessionsMax'> & { isDefault: boolean },
  { settings, senderId, businessAccountId }: ReadSettings,
): NewSessionRow {
  const row = { id: newId(), accountId, name: facts.name }
  const now = ctx.clock.now()
  return {
    ...row,
    provider: facts.provider,
    isDefault: facts.isDefault,
    credentials: encryptSettings(ctx, row, settings),
    senderId,
    businessAccountId,
    pastSenderIds: [],
    state: 'active',
    ratePerSecond: facts.ratePerSecond ?? traitsOf(ctx, facts).ratePerSecond,
    onUnknown: facts.onUnknown ?? 'retry',
    ...unverified,
    createdAt: now,
    updatedAt: now,
  }
}

/** The columns that the provider has not filled in yet. */
const unverified = {
  stopCode: null,
  stopDetail: null,
  displayPhoneNumber: null,
  verifiedName: null,
  qualityRating: null,
  verifiedAt: null,
} as const

/** The changes that new settings make to a session's row. What was verified of a number holds for that number alone. */
export function settingsChange(
  ctx: Context,
  before: Pick<Session, 'id' | 'accountId' | 'name' | 'senderId' | 'pastSenderIds'>,
  read: ReadSettings,
): SessionChange {
  const { senderId, businessAccountId } = read
  const past = before.senderId === null ? [] : [before.senderId]
  return {
    credentials: encryptSettings(ctx, before, read.settings),
    state: 'active',
    stopCode: null,
    stopDetail: null,
    senderId,
    businessAccountId,
    ...(senderId !== before.senderId && unverified),
    pastSenderIds: [...new Set([...before.pastSenderIds, ...past])].filter((one) => one !== senderId),
  }
}
