import type { Context } from '../../../../context.ts'
import { otpReport } from '../../../../services/otp/analytics.ts'
import {
  cancelOtp,
  findDecisions,
  findVerifications,
  getVerification,
  reportConversion,
  resendOtp,
} from '../../../../services/otp/manage.ts'
import { sendCode } from '../../../../services/otp/send.ts'
import { verifyCode } from '../../../../services/otp/verify.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { idempotencyKey, idempotencyOf, markReplayed } from '../../../http/idempotency.ts'
import { refusals } from '../../plugins/envelope.ts'
import {
  analyticsAnswer,
  decisionsAnswer,
  detailAnswer,
  listAnswer,
  sentAnswer,
  verificationAnswer,
  verifiedAnswer,
} from './answers.ts'
import { presentDecision, presentDetail, presentReport, presentVerification } from './present.ts'
import {
  analyticsQuery,
  decisionsQuery,
  idParams,
  listQuery,
  reportBody,
  resendBody,
  sendBody,
  toOtpRequest,
  toVerificationQuery,
  toVerifyRequest,
  verifyBody,
} from './requests.ts'

const tags = ['One-time passwords']

export function otpEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/otp',
        operationId: 'otp.send',
        scope: 'otp',
        document: { parameters: [idempotencyKey('signup-1234')] },
        verifyAtWrite: true,
        schema: {
          tags,
          summary: 'Send a code',
          description:
            'Makes a code, or takes yours, and sends it. While a code is pending for the same number, service and ' +
            'challenge, the same code is sent again, with the same end. The code is in no answer.',
          body: sendBody,
          response: { 201: sentAnswer, ...refusals(400, 402, 404, 409, 413, 415) },
        },
        handler: async (request, reply) => {
          const asked = toOtpRequest(request.body)
          const { sent, replayed } = await sendCode(ctx, callerOf(request), asked, idempotencyOf(request))
          markReplayed(reply, replayed)
          return reply.code(201).send({ success: true, data: sent })
        },
      }),

      endpoint({
        method: 'POST',
        path: '/otp/verify',
        operationId: 'otp.verify',
        scope: 'otp',
        schema: {
          tags,
          summary: 'Check a code',
          description:
            'Whether a code is right, and if not, why. Each code that is judged uses up an attempt, and a right one ' +
            'is good once. What is unknown, of another account or of another challenge gets the same 404.',
          body: verifyBody,
          response: { 200: verifiedAnswer, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request) => ({
          success: true as const,
          data: await verifyCode(ctx, callerOf(request).account.id, toVerifyRequest(request.body)),
        }),
      }),

      endpoint({
        method: 'GET',
        path: '/otp',
        operationId: 'otp.list',
        scope: 'read',
        schema: {
          tags,
          summary: 'List verifications',
          description: 'The newest first. Filters can be combined.',
          querystring: listQuery,
          response: { 200: listAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const query = toVerificationQuery(request.query)
          const found = await findVerifications(ctx, callerOf(request).account.id, query)
          const pagination = { limit: query.limit, nextCursor: found.nextCursor }
          return { success: true as const, data: found.verifications.map(presentVerification), pagination }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/otp/decisions',
        operationId: 'otp.decisions',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read the log of decisions',
          description:
            'Every send, and every send that was refused or bore signs of fraud, with the reasons. The newest first.',
          querystring: decisionsQuery,
          response: { 200: decisionsAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const { blocked = null, cursor = null, limit } = request.query
          const { account } = callerOf(request)
          const found = await findDecisions(ctx, account.id, { blocked, cursor, limit })
          const pagination = { limit, nextCursor: found.nextCursor }
          return { success: true as const, data: found.decisions.map(presentDecision), pagination }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/otp/analytics',
        operationId: 'otp.analytics',
        scope: 'read',
        schema: {
          tags,
          summary: 'How your codes fared',
          description:
            'Sent, delivered and verified by day, country and service, and the beginnings of numbers whose codes are ' +
            'seldom verified.',
          querystring: analyticsQuery,
          response: { 200: analyticsAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const { from = null, to = null, service = null } = request.query
          const { account } = callerOf(request)
          return presentReport(await otpReport(ctx, { accountId: account.id, from, to, service }))
        },
      }),

      endpoint({
        method: 'GET',
        path: '/otp/:id',
        operationId: 'otp.get',
        scope: 'otp',
        schema: {
          tags,
          summary: 'Read a verification',
          description: 'Where it stands, and every message that carried the code.',
          params: idParams,
          response: { 200: detailAnswer, ...refusals(400, 404) },
        },
        handler: async (request) =>
          presentDetail(await getVerification(ctx, callerOf(request).account.id, request.params.id)),
      }),

      endpoint({
        method: 'DELETE',
        path: '/otp/:id',
        operationId: 'otp.cancel',
        scope: 'otp',
        schema: {
          tags,
          summary: 'Cancel a verification',
          description: 'Its code is void from then on. Canceling it again changes nothing.',
          params: idParams,
          response: { 200: verificationAnswer, ...refusals(400, 404, 409) },
        },
        handler: async (request) => {
          const canceled = await cancelOtp(ctx, callerOf(request).account.id, request.params.id)
          return { success: true as const, data: presentVerification(canceled) }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/otp/:id/resend',
        operationId: 'otp.resend',
        scope: 'otp',
        schema: {
          tags,
          summary: 'Send a code again',
          description: 'The same code with the same end, within its budget and after its wait.',
          params: idParams,
          body: resendBody,
          response: { 201: sentAnswer, ...refusals(400, 402, 404, 409, 413, 415) },
        },
        handler: async (request, reply) => {
          const { session = null, clientIp = null } = request.body ?? {}
          const asked = { id: request.params.id, session, clientIp }
          return reply.code(201).send({ success: true, data: await resendOtp(ctx, callerOf(request), asked) })
        },
      }),

      endpoint({
        method: 'POST',
        path: '/otp/:id/report',
        operationId: 'otp.report',
        scope: 'otp',
        schema: {
          tags,
          summary: 'Report a conversion',
          description: 'Tells whether your user got in, for your own comparison with what was verified.',
          params: idParams,
          body: reportBody,
          response: { 200: verificationAnswer, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request) => {
          const report = { id: request.params.id, converted: request.body.converted }
          const verification = await reportConversion(ctx, callerOf(request).account.id, report)
          return { success: true as const, data: presentVerification(verification) }
        },
      }),
    ],
  }
}
