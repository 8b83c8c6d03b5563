import type { Context } from '../../context.ts'
import type { NewMessage } from '../../db/stores/messages/accept.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { preferenceWarning } from './preferences.ts'
import { windowWarning } from './window.ts'

/** Warns of the trouble that a message about to be accepted will probably meet; null when none is known. */
export async function sendWarning(
  ctx: Context,
  draft: { message: NewMessage; session: LiveSession },
): Promise<string | null> {
  return (await windowWarning(ctx, draft)) ?? (await preferenceWarning(ctx, draft))
}
