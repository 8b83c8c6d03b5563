import { createTimers, type Timers } from '../timers.ts'
import { type Callbacks, createCallbacks } from './callbacks.ts'
import { expiredToken, invalidToken, type Refusal } from './errors.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createLimits, type Limits } from './limits.ts'
import { createMediaStore, type MediaStore } from './media.ts'
import { type GraphApiSettings, type Phone, type PhoneInput, phone, type Template } from './options.ts'
import { createRules, type Rules, sequence } from './rules.ts'

/** Everything one stand-in knows. */
export interface State {
  settings: GraphApiSettings
  phones: Map<string, Phone>
  /** By `Bearer ...` header: the numbers that the token may use. */
  grants: Map<string, Set<string>>
  expired: Set<string>
  /** The numbers of people whom Meta knows under another one: by what is dialled. */
  waIds: Map<string, string>
  /** By business account; an account without a list takes any template. */
  templates: Map<string, Template[]>
  ledger: Ledger
  rules: Rules
  limits: Limits
  media: MediaStore
  timers: Timers
  callbacks: Callbacks
  draw: () => number
  now: () => number
  /** The stand-in's own base URL, once it listens. */
  url: string
}

/** `now` is the clock in Unix milliseconds: timestamps, limits and URL lives follow it. */
export function createState(settings: GraphApiSettings, now: () => number): State {
  const timers = createTimers()
  const ledger = createLedger(settings.plain ? 'counts' : settings.ledger)
  const state: State = {
    settings,
    phones: new Map(),
    grants: new Map(),
    expired: new Set(),
    waIds: new Map(),
    templates: new Map(),
    ledger,
    rules: createRules(),
    limits: createLimits(settings.pairLimit),
    media: createMediaStore(),
    timers,
    callbacks: createCallbacks(settings.callbacks, timers, ledger),
    draw: sequence(3),
    now,
    url: '',
  }
  for (const one of settings.phones) addPhone(state, one)
  const account = settings.phones[0]?.wabaId
  if (settings.templates && account !== undefined) state.templates.set(account, settings.templates)
  return state
}

/** Adds a number, or replaces it. Tokens keep what they were granted before. */
export function addPhone(state: State, input: PhoneInput): Phone {
  const added = phone.parse(input)
  state.phones.set(added.id, added)
  for (const token of added.tokens) {
    const granted = state.grants.get(`Bearer ${token}`) ?? new Set()
    state.grants.set(`Bearer ${token}`, granted.add(added.id))
  }
  return added
}

/** Why a token may not do anything at all; null when it is good. */
export function refuseToken(state: State, authorization: string | undefined): Refusal | null {
  if (authorization === undefined || !state.grants.has(authorization)) return invalidToken
  return state.expired.has(authorization) ? expiredToken : null
}

/** The number with this id when the token may use it; else Graph says it does not exist. */
export function phoneFor(state: State, authorization: string, id: string): Phone | null {
  return state.grants.get(authorization)?.has(id) ? (state.phones.get(id) ?? null) : null
}

/** A number of this business account that the token may use. */
export function accountPhones(state: State, authorization: string, wabaId: string): Phone[] {
  const granted = [...(state.grants.get(authorization) ?? [])]
  return granted.flatMap((id) => state.phones.get(id) ?? []).filter((one) => one.wabaId === wabaId)
}
