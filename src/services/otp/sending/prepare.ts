import { z } from 'zod'
import type { Context } from '../../../context.ts'
import { insertRefusal } from '../../../db/stores/otp/standing.ts'
import type { Caller } from '../../../domain/accounts/account.ts'
import { AppError, invalidField } from '../../../domain/app-error.ts'
import { parseAddress } from '../../../domain/messages/address.ts'
import { otpNumber, type OtpNumber } from '../../../domain/otp/number.ts'
import type { OtpService, TestNumber } from '../../../domain/otp/service.ts'
import type { OtpWording } from '../../../domain/otp/wording.ts'
import type { FormatName } from '../../../domain/webhooks/formats/index.ts'
import type { OtpScope } from '../../../domain/otp/verification.ts'
import { newId } from '../../../kit/id.ts'
import { subscriberOf } from '../../../kit/net/cidr.ts'
import type { Idempotency } from '../../messages/idempotency.ts'
import { ensureCallbackEndpoint } from '../../webhooks/callback-endpoint.ts'
import { chooseRoute, sendersOf, type Route } from './route.ts'
import { findOtpService } from '../services.ts'

/** A code as an app asks for it. */
export interface OtpRequest {
  to: string
  service: string
  challenge: string
  locale: string | null
  /** The app's own code; null: one is made. */
  code: string | null
  length: number | null
  ttlSeconds: number | null
  session: string | null
  /** The address of the app's user. */
  clientIp: string | null
  callbackUrl: string | null
  /** How its callbacks are written. */
  callbackFormat: FormatName
  wording: OtpWording | null
  metadata: Record<string, unknown> | null
  /** Only a further send of this verification will do. */
  again?: string
}

export const sentShape = z.object({
  id: z.string(),
  to: z.string(),
  status: z.literal('pending'),
  channel: z.string(),
  session: z.string(),
  locale: z.string(),
  expiresAt: z.string(),
  expiresInSeconds: z.number(),
  resendAfterSeconds: z.number().nullable(),
  sendsLeft: z.number(),
  messageId: z.string(),
  resent: z.boolean(),
  test: z.boolean(),
  warnings: z.array(z.string()),
})
/** The answer to a send; the same again when the request is repeated. */
export type OtpSent = z.infer<typeof sentShape>

/** Everything about a send that is known before the locks are held. */
export interface Prepared {
  caller: Caller
  request: OtpRequest
  service: OtpService
  scope: OtpScope
  number: OtpNumber
  client: string | null
  /** The number, if the service names it as one for tests; until when holds by the database's clock. */
  test: TestNumber | null
  route: Route
  idempotency: Idempotency | null
}

/** Finds out everything that a send needs, without writing anything but the refusal of a country. See `sendCode`. */
export async function prepare(
  ctx: Context,
  caller: Caller,
  request: OtpRequest,
  idempotency: Idempotency | null,
): Promise<Prepared> {
  const accountId = caller.account.id
  const { service, number, client } = await findSubject(ctx, accountId, request)
  const { callbackUrl: url, callbackFormat: format } = request
  if (url !== null) await ensureCallbackEndpoint(ctx, { accountId, url, format })
  const senders = await sendersOf(ctx, caller, service, request.session)
  const route = await chooseRoute(
    ctx,
    {
      by: caller,
      service,
      address: number.address,
      country: number.country,
      locale: request.locale,
      metadata: request.metadata,
      wording: request.wording,
    },
    senders,
  )
  const test = service.testNumbers.find((one) => one.number === number.address) ?? null
  const scope = { accountId, service: service.name, address: number.address, challenge: request.challenge }
  return { caller, request, service, scope, number, client, test, route, idempotency }
}

/** Whom a send is to. Throws `validation_failed`, `otp_service_not_found` and `country_not_allowed`. */
export async function findSubject(
  ctx: Context,
  accountId: string,
  request: Pick<OtpRequest, 'to' | 'service' | 'clientIp'>,
): Promise<Pick<Prepared, 'service' | 'number' | 'client'>> {
  const address = parseAddress(request.to)
  if (address?.kind !== 'msisdn') throw invalidNumber()
  const service = await findOtpService(ctx, accountId, request.service)
  const number = otpNumber(address.value)
  const client = request.clientIp === null ? null : subscriberOf(request.clientIp)
  if (!isAllowed(service, number)) throw await refuseCountry(ctx, { accountId, service, number, client })
  return { service, number, client }
}

function invalidNumber(): AppError {
  return invalidField(
    'recipient',
    'must be a phone number in E.164 form, country code and number, such as +14155552671: codes go to numbers only',
  )
}

function isAllowed({ settings }: OtpService, { country }: OtpNumber): boolean {
  const { allowedCountries } = settings
  return allowedCountries.length === 0 || (country !== null && allowedCountries.includes(country))
}

async function refuseCountry(
  ctx: Context,
  {
    accountId,
    service,
    number,
    client,
  }: { accountId: string; client: string | null } & Pick<Prepared, 'service' | 'number'>,
): Promise<AppError> {
  const reasons = ['country_not_allowed']
  const target = { accountId, client, ...number, service: service.name }
  await insertRefusal(ctx.db, { id: newId(), ...target, reasons, blockSeconds: null })
  return new AppError(
    'country_not_allowed',
    `This service sends codes to these countries only: ${service.settings.allowedCountries.join(', ')}. ` +
      'Waiting does not help.',
  )
}
