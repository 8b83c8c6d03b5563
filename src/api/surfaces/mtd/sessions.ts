import { randomInt } from 'node:crypto'
import type { Context } from '../../../context.ts'
import type { Caller } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import { linkRules } from '../../../domain/devices/link.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { sha256 } from '../../../kit/crypto/hash.ts'
import { assertCanPayPairing, chargePairing, creditsLeft } from '../../../services/billing/credits.ts'
import { disconnectDevice, pairDevice, reconnectDevice } from '../../../services/links/commands.ts'
import { readLinks } from '../../../services/links/view.ts'
import { hasConnection, linkingProvider, providerWith } from '../../../services/senders/providers.ts'
import { findSessionByClientKey } from '../../../services/sessions/client-keys.ts'
import { createSession } from '../../../services/sessions/manage.ts'

/** The namespace of the names that clients choose. */
export const surfaceName = 'mtd'

/** A sender by the name that a client chose for it; null when there is none. */
export function findSession(ctx: Context, caller: Caller, key: string): Promise<LiveSession | null> {
  const { account, key: apiKey } = caller
  return findSessionByClientKey(ctx, { accountId: account.id, surface: surfaceName, mode: apiKey.mode, key })
}

/** Whether a sender can send now. A sandbox always can. */
export async function isConnected(ctx: Context, session: LiveSession | null): Promise<boolean> {
  if (session === null) return false
  if (!hasConnection(ctx, session)) return true
  const link = (await readLinks(ctx, [session])).get(session.id)
  return link !== undefined && linkRules[link.state].sends
}

/** The refusal for a sender that is not there, or is linked to no phone. */
export function notPaired(): AppError {
  return new AppError('session_not_linked', 'The session is not paired.')
}

/**
 * Has a code issued that links a sender to a phone; a name that is new makes the sender. Under a test key it is a sandbox,
 * which needs no phone. Throws what `pairDevice` does, and `insufficient_credits`.
 */
export async function pairSession(
  ctx: Context,
  caller: Caller,
  { key, phone }: { key: string; phone: string },
): Promise<string> {
  const { account, key: apiKey } = caller
  const provider = apiKey.mode === 'test' ? providerWith(ctx, 'isPlayground') : linkingProvider(ctx)
  await assertCanPayPairing(ctx, { accountId: account.id, provider: provider.id })
  const { session } = await createSession(ctx, account, {
    name: nameOf(key, apiKey.mode),
    provider: provider.id,
    settings: {},
    // Sends of the native API that name no sender do not go through it.
    isDefault: false,
    clientKey: { surface: surfaceName, mode: apiKey.mode, key },
    ratePerSecond: null,
    onUnknown: null,
  })
  if (!hasConnection(ctx, session)) return sandboxCode()
  const place = { accountId: account.id, id: session.id }
  const { shown } = await pairDevice(ctx, place, { method: 'code', phone })
  try {
    await chargePairing(ctx, session, `Pairing code for ${key}`)
  } catch (error) {
    // Somebody else has spent the last credit meanwhile: a code that is not paid links nothing.
    await disconnectDevice(ctx, place)
    throw error
  }
  return dashed(shown)
}

/** Brings a sender back; false when it is not back within a few seconds. Throws `session_not_linked`. */
export async function restoreSession(ctx: Context, caller: Caller, key: string): Promise<boolean> {
  const session = await findSession(ctx, caller, key)
  if (session === null) throw notPaired()
  if (!hasConnection(ctx, session)) return true
  return reconnectDevice(ctx, { accountId: caller.account.id, id: session.id })
}

/** A balance where nothing costs credits. */
const plenty = 1_000_000

export async function creditsRemaining(ctx: Context, caller: Caller): Promise<number> {
  return (await creditsLeft(ctx, caller.account.id)) ?? plenty
}

const nameCharsMax = 40

/** A name that the native API shows for the sender: readable, and another for each name that a client chose. */
function nameOf(key: string, mode: string): string {
  const readable = Array.from(key.replaceAll(/\s+/g, ' ').trim()).slice(0, nameCharsMax).join('')
  const mark = readable === key ? '' : ` #${sha256(key).toString('hex').slice(0, 8)}`
  return `${surfaceName}${mode === 'test' ? ' test' : ''}: ${readable}${mark}`
}

/** The characters of WhatsApp's pairing codes. */
const codeCharacters = '123456789ABCDEFGHJKLMNPQRSTVWXYZ'

function sandboxCode(): string {
  return dashed(Array.from({ length: 8 }, () => codeCharacters[randomInt(codeCharacters.length)]).join(''))
}

/** `ABCD1234` -> `ABCD-1234`, as the phone shows it. */
function dashed(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
