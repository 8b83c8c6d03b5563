import type { Context } from '../../../context.ts'
import { newId } from '../../../kit/id.ts'
import { ensureCallbackEndpoint, publishSteps } from '../../../services/webhooks/callback-endpoint.ts'
import { callbackOf, numberOf } from './requests.ts'
import type { SendBody, VerifyBody } from './schema.ts'
import { Refused, sentences } from './words.ts'

// The sandbox sends nothing and judges nothing: each number stands for an answer.

/** A number is its digits, whatever stands around them. */
const digitsOf = (body: Pick<SendBody, 'msisdn'>): string => numberOf(body).replaceAll(/\D/g, '')

const sendSuccess = '6282123060001'
const sendRefusals: Readonly<Record<string, readonly [status: number, message: string]>> = {
  '6282123060002': [400, sentences.invalid],
  '6282123060003': [401, sentences.unauthorized],
  '6282123060004': [403, sentences.quota],
  '6282123060005': [409, sentences.blocked],
  '6282123060006': [429, sentences.tooMany],
}

const checkSuccess = '6282123060007'
const checkRefusals: typeof sendRefusals = {
  '6282123060008': [404, sentences.notFound],
  '6282123060009': [422, sentences.expired],
}

/** Where a scenario of success ends. */
interface Played {
  msisdn: string
  session_id: string
  try_count: number
}

/** Plays a send; the callbacks of the success are on their way then. Throws the refusal of any other number. */
export async function playSend(ctx: Context, accountId: string, body: SendBody): Promise<Played> {
  const address = digitsOf(body)
  if (address !== sendSuccess) throw refusalOf(sendRefusals, address)
  const url = callbackOf(body)
  const verificationId = newId()
  if (url !== null) {
    await ensureCallbackEndpoint(ctx, { accountId, url, format: 'status-query' })
    const steps = ['sent', 'delivered', 'read'] as const
    const told = { accountId, url, verificationId, address }
    await publishSteps(
      ctx,
      steps.map((step) => ({ ...told, step, id: newId() })),
    )
  }
  return { msisdn: address, session_id: verificationId, try_count: 1 }
}

/** Plays a check. Throws the refusal of any number but that of the success. */
export function playVerify(body: VerifyBody): Played {
  const msisdn = digitsOf(body)
  if (msisdn !== checkSuccess) throw refusalOf(checkRefusals, msisdn)
  return { msisdn, session_id: newId(), try_count: 1 }
}

function refusalOf(table: typeof sendRefusals, number: string): Refused {
  const [status, message] = Object.entries(table).find(([one]) => one === number)?.[1] ?? [
    400,
    sentences.scenario,
  ]
  return new Refused(status, message)
}
