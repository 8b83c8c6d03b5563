import type { Context } from '../../../../context.ts'
import { lengthWarnings, type OtpService } from '../../../../domain/otp/service.ts'
import {
  findOtpService,
  listOtpServices,
  removeOtpService,
  saveOtpService,
} from '../../../../services/otp/services.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { refusals } from '../../plugins/envelope.ts'
import {
  nameParams,
  presentService,
  removedAnswer,
  serviceAnswer,
  serviceBody,
  servicesAnswer,
} from './service-schema.ts'

const tags = ['One-time passwords']

export function otpServiceEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'PUT',
        path: '/otp/services/:name',
        operationId: 'otpServices.save',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Save a service',
          description:
            'Makes a service, or replaces it as a whole: what is left out has its default. Pending codes keep the ' +
            'settings that they were sent with.',
          params: nameParams,
          body: serviceBody,
          response: { 200: serviceAnswer, ...refusals(400, 404, 409, 413, 415) },
        },
        handler: async (request) => {
          const { testNumbers, ...settings } = request.body
          const { account } = callerOf(request)
          const saved = await saveOtpService(ctx, account.id, {
            name: request.params.name,
            settings,
            testNumbers: testNumbers.map((one) => ({ ...one, expiresAt: new Date(one.expiresAt) })),
          })
          return { success: true as const, data: view(saved) }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/otp/services/:name',
        operationId: 'otpServices.get',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read a service',
          description: 'With every setting. `default` is there without being made.',
          params: nameParams,
          response: { 200: serviceAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const found = await findOtpService(ctx, callerOf(request).account.id, request.params.name)
          return { success: true as const, data: view(found) }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/otp/services',
        operationId: 'otpServices.list',
        scope: 'read',
        schema: {
          tags,
          summary: 'List your services',
          description: 'By name.',
          response: { 200: servicesAnswer, ...refusals() },
        },
        handler: async (request) => {
          const found = await listOtpServices(ctx, callerOf(request).account.id)
          return { success: true as const, data: found.map(view) }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/otp/services/:name',
        operationId: 'otpServices.delete',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Delete a service',
          description: '`default` goes back to its defaults. Pending codes can still be checked.',
          params: nameParams,
          response: { 200: removedAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          await removeOtpService(ctx, callerOf(request).account.id, request.params.name)
          return { success: true as const, data: { name: request.params.name, deleted: true as const } }
        },
      }),
    ],
  }
}

function view(service: OtpService) {
  return presentService({ ...service, warnings: lengthWarnings(service.settings.codeLength) })
}
