import type { z } from 'zod'
import type { Context } from '../../../../context.ts'
import { invalidField, type RequestPath } from '../../../../domain/app-error.ts'
import { hasConnection, traitsOf } from '../../../../services/senders/providers.ts'
import { patchSession } from '../../../../services/sessions/manage.ts'
import type { SessionDetail } from '../../../../services/sessions/read.ts'
import type { settingsBody, settingsView } from './schema.ts'

/** Why a setting cannot be switched on. */
const impossible = {
  alwaysOnline:
    'cannot be switched on: while a linked device shows as online, the phone gets no notifications',
  autoReadMessages:
    'cannot be switched on: mark each message as read when you have read it, with POST /messages/{id}/read',
  rejectCalls: 'cannot be switched on: calls ring on the phone, and are neither taken nor rejected here',
} as const

/** The settings of a session as this API shows them. */
export function presentSettings({ session, settings }: SessionDetail): z.input<typeof settingsView> {
  return {
    alwaysOnline: false,
    autoReadMessages: false,
    rejectCalls: false,
    typingIndicator: settings()['typing'] === true,
    linkPreview: session.previewLinks,
    rateLimitPerMinute: Math.round(session.ratePerSecond * 60),
  }
}

/** Changes settings of a session; those that it cannot have are refused in words. Throws `validation_failed`. */
export async function changeSettings(
  ctx: Context,
  { session }: SessionDetail,
  wanted: z.output<typeof settingsBody>,
): Promise<SessionDetail> {
  for (const [name, reason] of Object.entries(impossible)) {
    if (Object.entries(wanted).some(([one, value]) => one === name && value === true)) {
      throw invalidField(`body.${name}`, reason)
    }
  }
  const { typingIndicator, linkPreview, rateLimitPerMinute } = wanted
  const canType = hasConnection(ctx, session)
  if (typingIndicator === true && !canType) {
    throw invalidField(
      at('typingIndicator'),
      'cannot be switched on: only a linked device shows that it types',
    )
  }
  if (rateLimitPerMinute !== undefined) assertRate(ctx, session, rateLimitPerMinute)
  return patchSession(
    ctx,
    { accountId: session.accountId, id: session.id },
    {
      ...(linkPreview !== undefined && { previewLinks: linkPreview }),
      ...(rateLimitPerMinute !== undefined && { ratePerSecond: rateLimitPerMinute / 60 }),
      ...(typingIndicator !== undefined && canType && { settings: { typing: typingIndicator } }),
    },
  )
}

const at = (name: string): RequestPath => `body.${name}`

function assertRate(ctx: Context, session: SessionDetail['session'], perMinute: number): void {
  const { min, max } = traitsOf(ctx, session).ratePerSecondRange ?? { min: 1, max: 1_000 }
  if (perMinute >= min * 60 && perMinute <= max * 60) return
  throw invalidField(
    at('rateLimitPerMinute'),
    `must be from ${Math.ceil(min * 60)} to ${max * 60} for a session of this kind`,
  )
}
