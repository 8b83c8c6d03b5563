import type { Section } from './blocks.ts'
import { analytics, following, webhooks } from './following.ts'
import { errors, limits, repeating } from './rules.ts'
import { bulk, credentials, scheduling, sending, windows } from './sending.ts'
import { key, lifecycle, sandbox, start } from './start.ts'

/** The guide, for an installation that is reached at `base`; `now` gives its examples a future. */
export function guide(base: string, now: Date): Section[] {
  return [
    start(base),
    lifecycle,
    key,
    sandbox,
    credentials(base),
    sending,
    windows,
    bulk,
    scheduling(now),
    following,
    webhooks,
    analytics,
    repeating,
    limits,
    errors,
  ]
}
