import type { Context } from '../../context.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { decryptSettings } from '../senders/encryption.ts'

export const sessionProviders = ['whatsapp-cloud', 'sandbox'] as const
export type SessionProvider = (typeof sessionProviders)[number]

/** Where a provider's settings stand in a request about its sessions. */
const fields = {
  'whatsapp-cloud': 'credentials',
  sandbox: 'settings',
} as const satisfies Record<SessionProvider, string>

/** What a provider wants to know of a sender, as it was asked for; null takes a value away. */
export type GivenSettings = Record<string, unknown>

/** Settings that their provider takes, and what a session's row tells of them. */
export interface ReadSettings {
  settings: unknown
  /** The provider's id of the sender, and of the business that it belongs to. */
  senderId: string | null
  businessAccountId: string | null
}

/** Reads settings as their provider wants them. Throws `validation_failed`, naming the field of the request. */
export function readSettings(ctx: Context, provider: string, given: GivenSettings): ReadSettings {
  const schema = ctx.providers.get(provider)?.settings
  if (schema === undefined) throw new Error(`there is no provider ${provider}`)
  const present = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null && value !== undefined),
  )
  const read = schema.safeParse(present)
  if (!read.success) {
    throw invalidRequest(
      read.error.issues.map(({ path, message }) => ({
        path: ['body', fieldOf(provider), ...path].join('.'),
        message,
      })),
    )
  }
  return {
    settings: present,
    senderId: textOf(present['phoneNumberId']),
    businessAccountId: textOf(present['businessAccountId']),
  }
}

/** A session's settings with some of them changed. Throws `validation_failed`. */
export function mergeSettings(ctx: Context, session: Session, given: GivenSettings): ReadSettings {
  return readSettings(ctx, session.provider, { ...readableSettings(ctx, session), ...given })
}

/** A session's settings in clear; none when no key opens them any more. */
export function readableSettings(ctx: Context, session: Session): GivenSettings {
  try {
    return recordOf(decryptSettings(ctx, session))
  } catch {
    return {}
  }
}

/** Throws `validation_failed` for settings of another provider than the session's. */
export function assertField(session: Session, field: 'credentials' | 'settings'): void {
  const own = fieldOf(session.provider)
  if (own === field) return
  throw invalidRequest([
    {
      path: `body.${field}`,
      message: `is not for a session of the provider ${session.provider}, which has ${own}`,
    },
  ])
}

function fieldOf(provider: string): string {
  return Object.entries(fields).find(([name]) => name === provider)?.[1] ?? 'settings'
}

function recordOf(value: unknown): GivenSettings {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
