import { perContext, type Context } from '../../context.ts'
import { findLiveSession } from '../../db/stores/sessions/read.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LinkState } from '../../domain/devices/link.ts'
import { createQuota } from '../../kit/concurrency/quota.ts'
import type { ShownCode } from './commands.ts'
import { readLinks, shownCode, type LinkView } from './view.ts'
import { watchDevice } from './watch.ts'

/** Something that happened to a device, for somebody who watches it. `rev` grows with every change. */
export type LinkEvent = { rev: number } & (
  | { kind: 'state'; link: LinkView }
  | { kind: 'code'; code: ShownCode }
  | { kind: 'connected'; link: LinkView }
  /** It does not go on by itself. */
  | { kind: 'error'; link: LinkView }
  /** Nothing more comes: the session was removed. */
  | { kind: 'end' }
)

/** Streams at the same time in one process. */
const slots = perContext(() => createQuota({ max: 500, perOwner: 50 }))

const errors: ReadonlySet<LinkState> = new Set<LinkState>(['unpaired', 'logged_out', 'replaced', 'banned'])

/**
 * The events of a device, from how it stands now until `signal` fires or it is over. Throws `unavailable` at once
 * when too many watch.
 */
export function watchLink(
  ctx: Context,
  { accountId, id }: { accountId: string; id: string },
  signal: AbortSignal,
): AsyncGenerator<LinkEvent> {
  const leave = slots(ctx).acquire(accountId)
  if (leave === null) {
    throw new AppError('unavailable', 'Too many streams are open at this moment. Try again shortly.', {
      retryAfterSeconds: 5,
    })
  }
  return watch(ctx, { accountId, id }, signal, leave)
}

async function* watch(
  ctx: Context,
  { accountId, id }: { accountId: string; id: string },
  signal: AbortSignal,
  leave: () => void,
): AsyncGenerator<LinkEvent> {
  let before: { state: LinkState | null; code: string | null } = { state: null, code: null }
  try {
    for await (const device of watchDevice(ctx, id, signal)) {
      const rev = device?.rev ?? 0
      const session = await findLiveSession(ctx.db, accountId, id)
      const link = session === null ? undefined : (await readLinks(ctx, [session])).get(id)
      if (link === undefined) {
        yield { kind: 'end', rev }
        return
      }
      yield { kind: 'state', rev, link }
      const code = shownCode(ctx, device)
      if (code !== null && code.shown !== before.code) yield { kind: 'code', rev, code }
      const isNew = link.state !== before.state
      if (isNew && link.state === 'connected') yield { kind: 'connected', rev, link }
      // How it stood before anybody watched is no event.
      if (isNew && before.state !== null && errors.has(link.state)) yield { kind: 'error', rev, link }
      before = { state: link.state, code: code?.shown ?? null }
    }
  } finally {
    leave()
  }
}
