import { AppError, type ErrorCode } from '../../domain/app-error.ts'
import type { Refusal } from '../../providers/contract.ts'

/** The refusal of what was asked, where it is neither the network's nor the credentials' fault. */
export interface Otherwise {
  code: ErrorCode
  /** After the name of the provider: `does not take this file`. */
  says: string
}

/** Why a provider would not do what was asked of it beside sending, in words for the app. */
export function refusedByProvider({ code, detail }: Refusal, label: string, otherwise: Otherwise): AppError {
  switch (code) {
    case 'provider_unreachable':
    case 'provider_unavailable':
    case 'provider_ambiguous':
    case 'connection_failed':
    case 'throttled':
      return new AppError('provider_unreachable', `${label} could not be reached: ${detail}`, {
        retryAfterSeconds: 10,
      })
    case 'auth_failed':
    case 'permission_missing':
    case 'account_locked':
    case 'sender_not_registered':
      return new AppError('credentials_rejected', `${label} does not accept these credentials: ${detail}`)
    default:
      return new AppError(otherwise.code, `${label} ${otherwise.says}: ${detail}`)
  }
}
