import type { Context } from '../../context.ts'
import { invalidRequest, type Field } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import type { ProviderIdentity, ProviderTraits } from '../../providers/contract.ts'
import { decryptSettings } from '../senders/encryption.ts'
import { providerOf } from '../senders/providers.ts'

/** The settings of a session as a request gives them; null takes a value away. */
export type GivenSettings = Record<string, unknown>

/** Settings that their provider takes, and the columns of a session's row that follow from them. */
export interface ReadSettings extends ProviderIdentity {
  settings: unknown
}

/** Reads settings as their provider wants them. Throws `validation_failed`, naming the field of the request. */
export function readSettings(ctx: Context, provider: string, given: GivenSettings): ReadSettings {
  const { settings: schema, identity, traits } = providerOf(ctx, provider)
  const present = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null && value !== undefined),
  )
  const read = schema.safeParse(present)
  if (!read.success) {
    throw invalidRequest(
      read.error.issues.map(({ path, message }) => ({
        path: fieldAt(settingsField(traits), path),
        message,
      })),
    )
  }
  return { settings: present, ...identity(present) }
}

/** A session's settings with some of them changed. Throws `validation_failed`. */
export function mergeSettings(ctx: Context, session: LiveSession, given: GivenSettings): ReadSettings {
  return readSettings(ctx, session.provider, { ...settingsOrNone(ctx, session), ...given })
}

/** A session's settings in clear; none when no key opens them any more. */
export function settingsOrNone(ctx: Context, session: LiveSession): GivenSettings {
  try {
    return recordOf(decryptSettings(ctx, session))
  } catch {
    return {}
  }
}

/** Throws `validation_failed` for settings of another provider than the session's. */
export function assertField(ctx: Context, session: LiveSession, field: SettingsField): void {
  const own = settingsField(providerOf(ctx, session.provider).traits)
  if (own === field) return
  throw invalidRequest([
    {
      path: field,
      message: `is not for a session of the provider ${session.provider}, which has ${own}`,
    },
  ])
}

type SettingsField = 'credentials' | 'settings'

function fieldAt(field: SettingsField, path: readonly PropertyKey[]): Field {
  return path.length === 0 ? field : `${field}.${path.map(String).join('.')}`
}

/** The field of a request that holds the settings of a session. */
export function settingsField({ needsCredentials }: ProviderTraits): SettingsField {
  return needsCredentials ? 'credentials' : 'settings'
}

/** A value as settings: its fields, and none when it is no object. */
export function recordOf(value: unknown): GivenSettings {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
