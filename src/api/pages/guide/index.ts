import type { Section } from './blocks.ts'
import { billing } from './billing.ts'
import { endpoints } from './endpoints.ts'
import { files } from './files.ts'
import { analytics, following, webhooks } from './following.ts'
import { errors, limits, repeating } from './rules.ts'
import { bulk, credentials, scheduling, sending, windows } from './sending.ts'
import { sessions } from './sessions.ts'
import { key, lifecycle, sandbox, start } from './start.ts'
import { templates } from './templates.ts'

/** The guide, for an installation that is reached at `base`; `now` gives its examples a future. */
export function guide(base: string, now: Date): Section[] {
  return [
    start(base),
    lifecycle,
    key,
    sandbox,
    credentials(base),
    sessions,
    sending,
    templates,
    files(base),
    windows,
    bulk,
    scheduling(now),
    following,
    webhooks,
    endpoints(now),
    analytics,
    billing,
    repeating,
    limits,
    errors,
  ]
}
