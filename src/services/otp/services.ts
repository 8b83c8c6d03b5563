import { z } from 'zod'
import { perContext, type Context } from '../../context.ts'
import {
  deleteService,
  findService,
  listServices,
  saveService,
  servicesMax,
  type ServiceRow,
} from '../../db/stores/otp/services.ts'
import { AppError, invalidRequest } from '../../domain/app-error.ts'
import { parseAddress } from '../../domain/messages/address.ts'
import {
  defaultServiceName,
  normalSettings,
  serviceSettings,
  type OtpService,
  type ServiceSettings,
  type TestNumber,
} from '../../domain/otp/service.ts'
import { createCache } from '../../kit/cache.ts'
import { findAccountSession } from '../senders/lookup.ts'

/** How long a change may be unknown to other processes. */
const cachedMs = 1_000

const services = perContext((ctx: Context) =>
  createCache<ReadonlyMap<string, OtpService>>({
    ttlMs: cachedMs,
    entriesMax: 5_000,
    async load(accountId) {
      const rows = await listServices(ctx.db, accountId)
      return new Map(rows.map((row) => [row.name, toService(ctx, row)]))
    },
  }),
)

/** A service of an account, by its name; `default` is there without being made. Throws `otp_service_not_found`. */
export async function findOtpService(ctx: Context, accountId: string, name: string): Promise<OtpService> {
  const found = (await services(ctx).get(accountId)).get(name)
  if (found !== undefined) return found
  if (name === defaultServiceName) return untouchedDefault()
  throw serviceNotFound(name)
}

/** All services of an account, `default` among them. */
export async function listOtpServices(ctx: Context, accountId: string): Promise<OtpService[]> {
  const found = [...(await services(ctx).get(accountId)).values()]
  return found.some(({ name }) => name === defaultServiceName) ? found : [untouchedDefault(), ...found]
}

function untouchedDefault(): OtpService {
  const settings = serviceSettings.parse({})
  return { name: defaultServiceName, settings, testNumbers: [], createdAt: null, updatedAt: null }
}

/** A test number as its owner gives it; without a code it keeps the one that it has. */
export interface TestNumberRequest {
  number: string
  code?: string | undefined
  expiresAt: Date
}

/**
 * Makes a service, or replaces its settings; what is not given has its default. Throws `validation_failed` (a test
 * number), `session_not_found` (a sender that it names) and `otp_services_full`.
 */
export async function saveOtpService(
  ctx: Context,
  accountId: string,
  {
    name,
    settings,
    testNumbers,
  }: { name: string; settings: ServiceSettings; testNumbers: readonly TestNumberRequest[] },
): Promise<OtpService> {
  const named = [settings.session, ...settings.fallbackSessions].filter((one) => one !== null)
  await Promise.all(named.map((one) => findAccountSession(ctx, accountId, one)))
  return changeService(ctx, { accountId, name }, (before) => ({
    settings,
    testNumbers: readTestNumbers(testNumbers, before?.testNumbers ?? []),
  }))
}

/**
 * Has a service send templates, by their languages, beside those that it sends already; makes it where it does not exist.
 * Throws `otp_services_full`.
 */
export function addServiceTemplates(
  ctx: Context,
  { accountId, name }: Pick<ServiceRow, 'accountId' | 'name'>,
  templates: Record<string, string>,
): Promise<OtpService> {
  return changeService(ctx, { accountId, name }, (before) => {
    const { settings, testNumbers } = before ?? untouchedDefault()
    return { settings: { ...settings, templates: { ...settings.templates, ...templates } }, testNumbers }
  })
}

/** Changes a service while nobody else changes one of the account; `change` gets it as it is, or null where there is none. */
async function changeService(
  ctx: Context,
  { accountId, name }: Pick<ServiceRow, 'accountId' | 'name'>,
  change: (before: OtpService | null) => { settings: ServiceSettings; testNumbers: TestNumber[] },
): Promise<OtpService> {
  const row = await ctx.db.lockedTransaction(
    [`otp-services ${accountId}`],
    (tx) => findService(tx, accountId, name),
    (tx, before) => {
      const { settings, testNumbers } = change(before === null ? null : toService(ctx, before))
      return saveService(tx, {
        accountId,
        name,
        settings: normalSettings(settings),
        testNumbers:
          testNumbers.length === 0
            ? null
            : ctx.encrypter.encrypt(JSON.stringify(testNumbers), purposeOf({ accountId, name })),
      })
    },
  )
  services(ctx).forget(accountId)
  if (row !== null) return toService(ctx, row)
  throw new AppError('otp_services_full', `An account may have ${servicesMax} services. Delete one first.`)
}

/** Deletes a service; `default` goes back to its defaults. Throws `otp_service_not_found`. */
export async function removeOtpService(ctx: Context, accountId: string, name: string): Promise<void> {
  const deleted = await deleteService(ctx.db, accountId, name)
  services(ctx).forget(accountId)
  if (!deleted && name !== defaultServiceName) throw serviceNotFound(name)
}

function serviceNotFound(name: string): AppError {
  return new AppError('otp_service_not_found', `There is no service "${name}" in this account.`)
}

const purposeOf = ({ accountId, name }: Pick<ServiceRow, 'accountId' | 'name'>): string =>
  `otp-service:${accountId}:${name}`

const storedTests = z.array(z.object({ number: z.string(), code: z.string(), expiresAt: z.coerce.date() }))

function toService(ctx: Context, row: ServiceRow): OtpService {
  const { name, createdAt, updatedAt, testNumbers } = row
  return {
    name,
    // Fields that came later have their defaults in rows that were stored before.
    settings: serviceSettings.parse(row.settings),
    testNumbers:
      testNumbers === null
        ? []
        : storedTests.parse(JSON.parse(ctx.encrypter.decrypt(testNumbers, purposeOf(row)))),
    createdAt,
    updatedAt,
  }
}

function readTestNumbers(asked: readonly TestNumberRequest[], before: readonly TestNumber[]): TestNumber[] {
  return asked.map(({ number, code, expiresAt }, index) => {
    const address = parseAddress(number)
    const refuse = (field: string, message: string) =>
      invalidRequest([{ path: `testNumbers.${index}.${field}`, message }])
    if (address?.kind !== 'msisdn') throw refuse('number', 'must be a phone number in E.164 form')
    const known = code ?? before.find((one) => one.number === address.value)?.code
    if (known === undefined) throw refuse('code', 'is required for a number that has none yet')
    return { number: address.value, code: known, expiresAt }
  })
}
