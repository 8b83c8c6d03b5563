import type { Context } from '../../../context.ts'
import { invalidField } from '../../../domain/app-error.ts'
import type { Judgement } from '../../../domain/otp/verification.ts'
import { newId } from '../../../kit/id.ts'
import { getVerification } from '../../../services/otp/manage.ts'
import { sendCode } from '../../../services/otp/send.ts'
import { verifyCode } from '../../../services/otp/verify.ts'
import { publishSteps } from '../../../services/webhooks/callback-endpoint.ts'
import { callerOf } from '../../http/authenticate.ts'
import { endpoint, type Resource } from '../../http/endpoint.ts'
import { contentOf, toOtpRequest, toVerifyRequest } from './requests.ts'
import { playSend, playVerify } from './sandbox.ts'
import { refusalsOf, sandboxSendBody, sendAnswer, sendBody, verifyAnswer, verifyBody } from './schema.ts'
import { Refused, sentences } from './words.ts'

export const tag = 'MSISDN OTP'
const tags = [tag]
const security = [{ msisdnOtpKey: [], msisdnOtpApp: [] }]

/** The four calls, which are alike in all versions. */
export function otpEndpoints(ctx: Context, version: 'v1' | 'v2'): Resource {
  const shared = { method: 'POST', scope: 'otp' } as const
  const suffix = version === 'v1' ? '' : 'V2'
  const of = version === 'v1' ? '' : ' (v2)'
  return {
    endpoints: [
      endpoint({
        ...shared,
        path: '/send',
        operationId: `msisdnOtp.send${suffix}`,
        schema: {
          tags,
          security,
          summary: `Send a code${of}`,
          description:
            'While a code is pending for the number and challenge, the same one is sent again, with the same end.',
          body: sendBody,
          response: { 201: sendAnswer, ...refusalsOf(400, 401, 403, 409, 413, 415, 429, 503) },
        },
        handler: async (request, reply) => {
          const caller = callerOf(request)
          const { sent } = await sendCode(ctx, caller, toOtpRequest(request.body), null)
          const { verification } = await getVerification(ctx, caller.account.id, sent.id)
          void reply.code(201)
          return {
            message: sentences.sent,
            code: 201,
            status: 201,
            msisdn: sent.to,
            session_id: sent.id,
            try_count: verification.sends,
            ...(sent.warnings.length > 0 && { note: sent.warnings.join(' ') }),
          }
        },
      }),

      endpoint({
        ...shared,
        path: '/verify',
        operationId: `msisdnOtp.verify${suffix}`,
        schema: {
          tags,
          security,
          summary: `Check a code${of}`,
          description: 'A wrong code is a 404, as one that was never sent; it counts.',
          body: verifyBody,
          response: { 200: verifyAnswer, ...refusalsOf(400, 401, 403, 404, 413, 415, 422, 429, 503) },
        },
        handler: async (request) => {
          const accountId = callerOf(request).account.id
          const judgement = await verifyCode(ctx, accountId, toVerifyRequest(request.body))
          const { verification } = await getVerification(ctx, accountId, judgement.id)
          if (!judgement.valid) {
            const { id: verificationId, callbackUrl: url, callbackFormat, address } = verification
            if (judgement.reason === 'invalid' && url !== null && callbackFormat === 'status-query') {
              const step = 'unverified' as const
              await publishSteps(ctx, [{ accountId, url, verificationId, address, step, id: newId() }])
            }
            throw refusalOf(judgement)
          }
          return {
            message: sentences.verified,
            code: 200,
            status: 200,
            msisdn: verification.address,
            session_id: verification.id,
            try_count: verification.attempts,
          }
        },
      }),

      endpoint({
        ...shared,
        path: '/send/sandbox',
        operationId: `msisdnOtp.sendSandbox${suffix}`,
        schema: {
          tags,
          security,
          summary: `Try a send${of}`,
          description:
            'Sends nothing. 6282123060001 is the success, followed by callbacks 1, 2 and 3; those that end in 2 to 6 are ' +
            '400, 401, 403, 409 and 429; any other number is a 400.',
          body: sandboxSendBody,
          response: { 201: sendAnswer, ...refusalsOf(400, 401, 403, 409, 413, 415, 429, 503) },
        },
        handler: async (request, reply) => {
          const { body } = request
          if (contentOf(body).length === 0) throw invalidField('body.content', 'is required')
          toOtpRequest(body)
          const played = await playSend(ctx, callerOf(request).account.id, body)
          void reply.code(201)
          return { message: sentences.sent, code: 201, status: 201, ...played }
        },
      }),

      endpoint({
        ...shared,
        path: '/verify/sandbox',
        operationId: `msisdnOtp.verifySandbox${suffix}`,
        schema: {
          tags,
          security,
          summary: `Try a check${of}`,
          description:
            'Judges nothing. 6282123060007 is the success, ...8 is the 404, ...9 the 422; any other number is a 400.',
          body: verifyBody,
          response: { 200: verifyAnswer, ...refusalsOf(400, 401, 403, 404, 413, 415, 422, 429, 503) },
        },
        handler: async ({ body }) => {
          toVerifyRequest(body)
          return { message: sentences.verified, code: 200, status: 200, ...playVerify(body) }
        },
      }),
    ],
  }
}

/** A code that was not taken: wrong, used and canceled ones are not found, as those that were never sent. */
function refusalOf({ reason }: Extract<Judgement, { valid: false }>): Refused {
  if (reason === 'expired') return new Refused(422, sentences.expired)
  if (reason === 'max_attempts') return new Refused(422, sentences.exhausted)
  return new Refused(404, sentences.notFound)
}
