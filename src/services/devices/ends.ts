import type { LinkState } from '../../domain/devices/link.ts'
import type { ConnectionEnd } from '../../providers/contract.ts'

/** A state that a device does not leave by itself, the event that reports it, and whether its keys are useless now. */
export interface EndState {
  state: Extract<LinkState, 'unpaired' | 'logged_out' | 'banned' | 'replaced'>
  type: 'session.unpaired' | 'session.logged_out' | 'session.banned' | 'session.replaced'
  forgets: boolean
}

/** The states that ends of connections lead to, of those after which the device does not connect again. */
export const ends = {
  unpaired: { state: 'unpaired', type: 'session.unpaired', forgets: true },
  logged_out: { state: 'logged_out', type: 'session.logged_out', forgets: true },
  banned: { state: 'banned', type: 'session.banned', forgets: false },
  replaced: { state: 'replaced', type: 'session.replaced', forgets: false },
} as const satisfies Record<Exclude<ConnectionEnd, 'reopen' | 'retry' | 'broken' | 'lost'>, EndState>
