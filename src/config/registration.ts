import type { PlanName } from '../domain/accounts/plan.ts'
import type { Env } from './env.ts'

/** The settings of who may make an account. */
export interface RegistrationSettings {
  mode: 'open' | 'token' | 'closed'
  /** False: nobody chose, so it is open to this machine and closed to a network. */
  isChosen: boolean
  token: string | null
  perMinute: number
  defaultPlan: PlanName
}

/** The settings of registration for a service that listens on `host`. */
export function registrationFrom(env: Env, host: string): RegistrationSettings {
  return {
    mode: env.REGISTRATION ?? (isLoopback(host) ? 'open' : 'closed'),
    isChosen: env.REGISTRATION !== undefined,
    token: env.REGISTRATION_TOKEN ?? null,
    perMinute: env.REGISTRATIONS_PER_MINUTE ?? 5,
    defaultPlan: env.DEFAULT_PLAN ?? 'enterprise',
  }
}

/** True for the address of a listener that only this machine reaches. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
