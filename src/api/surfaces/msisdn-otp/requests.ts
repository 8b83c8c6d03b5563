import { invalidField } from '../../../domain/app-error.ts'
import { codeShape } from '../../../domain/otp/code.ts'
import { defaultServiceName } from '../../../domain/otp/service.ts'
import { codePlace, type OtpWording } from '../../../domain/otp/wording.ts'
import type { OtpRequest } from '../../../services/otp/sending/prepare.ts'
import type { VerifyRequest } from '../../../services/otp/verify.ts'
import type { SendBody, VerifyBody } from './schema.ts'

type Loose = string | number | null | undefined

/** A field as a text; null when it is absent or empty. */
function textOf(value: Loose): string | null {
  const text = value === null || value === undefined ? '' : String(value).trim()
  return text === '' ? null : text
}

/** The number that is asked for, with what people write around its digits. */
export function numberOf({ msisdn }: Pick<SendBody, 'msisdn'>): string {
  return textOf(Array.isArray(msisdn) ? msisdn[0] : msisdn) ?? ''
}

export function contentOf({ content }: Pick<SendBody, 'content'>): string[] {
  const values = Array.isArray(content) ? content : [content]
  return values.map((value) => textOf(value)).filter((value) => value !== null)
}

const challengeCharsMax = 128

function challengeOf({ challenge }: Pick<SendBody, 'challenge'>): string {
  const text = textOf(challenge) ?? ''
  if (Array.from(text).length <= challengeCharsMax) return text
  throw invalidField('body.challenge', `must have at most ${challengeCharsMax} characters`)
}

const lifeSeconds = { least: 60, most: 600, plain: 300 } as const

/** A send as the service takes it. Throws `validation_failed`. */
export function toOtpRequest(body: SendBody): OtpRequest {
  const code = codeOf(body)
  return {
    to: numberOf(body),
    service: defaultServiceName,
    challenge: challengeOf(body),
    locale: localeOf(body),
    code,
    length: lengthOf(body),
    ttlSeconds: lifeOf(body),
    session: null,
    clientIp: null,
    callbackUrl: callbackOf(body),
    callbackFormat: 'status-query',
    wording: wordingOf(body, code),
    metadata: null,
  }
}

/** A check as the service takes it. Throws `validation_failed`. */
export function toVerifyRequest(body: VerifyBody): VerifyRequest {
  const code = textOf(body.otp)
  if (code === null) throw invalidField('body.otp', 'is required')
  const challenge = challengeOf(body)
  return { to: numberOf(body), service: defaultServiceName, challenge, code }
}

function codeOf({ otp, otp_length: length }: SendBody): string | null {
  const code = textOf(otp)
  if (code === null) return null
  if (textOf(length) !== null) throw invalidField('body.otp_length', 'cannot be given together with otp')
  if (codeShape.test(code)) return code
  throw invalidField('body.otp', 'must have 4 to 15 letters or digits')
}

function lengthOf({ otp_length: length }: SendBody): number | null {
  const text = textOf(length)
  if (text === null) return null
  if (/^([4-9]|10)$/.test(text)) return Number(text)
  throw invalidField('body.otp_length', 'must be a whole number from 4 to 10')
}

function lifeOf({ time_limit: limit }: SendBody): number {
  const seconds = Number(textOf(limit) ?? lifeSeconds.plain)
  if (Number.isNaN(seconds)) throw invalidField('body.time_limit', 'must be a number of seconds')
  return Math.min(lifeSeconds.most, Math.max(lifeSeconds.least, Math.round(seconds)))
}

/** A language that cannot be one is as good as one that is not approved. */
function localeOf({ lang_code: language }: SendBody): string | null {
  const text = textOf(language)
  return text !== null && /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}$/.test(text) ? text : null
}

/** The reference's own example has no scheme. */
export function callbackOf({ callback_url: given }: Pick<SendBody, 'callback_url'>): string | null {
  const text = textOf(given)
  if (text === null) return null
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  if (/^https?:/i.test(url) && URL.canParse(url)) return url
  throw invalidField('body.callback_url', 'must be a URL of http or https')
}

function wordingOf(body: SendBody, code: string | null): OtpWording | null {
  const template = textOf(body.template_name)
  if (template !== null && !/^[a-z0-9_]{1,512}$/.test(template)) {
    throw invalidField('body.template_name', 'must have small letters, digits and _ only')
  }
  // A client's own code is not stored among its words.
  const values = contentOf(body).map((value) => (code === null ? value : value.replaceAll(code, codePlace)))
  return template === null && values.length === 0 ? null : { values, template }
}
