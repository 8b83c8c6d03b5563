/** A tenant. `plan` names a row of `plans`. */
export interface Account {
  id: string
  name: string
  email: string
  plan: string
  state: 'active' | 'deactivated'
  createdAt: Date
}

export const keyModes = ['live', 'test'] as const
export type KeyMode = (typeof keyModes)[number]

export const keyScopes = ['send', 'otp', 'read', 'manage'] as const
export type KeyScope = (typeof keyScopes)[number]

/** A key as the service knows it; the secret itself is shown once and never kept. */
export interface ApiKey {
  id: string
  accountId: string
  name: string
  description: string | null
  mode: KeyMode
  hint: string
  scopes: KeyScope[]
  /** Null: from anywhere. */
  allowedCidrs: string[] | null
  expiresAt: Date | null
  lastUsedAt: Date | null
  /** Requests that it let in, up to about a second ago. */
  requestCount: number
  createdAt: Date
}

/** In whose name something is sent: what the pipeline needs of a caller. */
export interface SentBy {
  account: Pick<Account, 'id' | 'name' | 'plan'>
  key: Pick<ApiKey, 'id' | 'mode'>
}

/** The caller of a request: the key that it used and the account that the key belongs to. */
export interface Caller {
  account: Account
  key: ApiKey
  /** SHA-256 of the key, in hex. */
  hash: string
}
