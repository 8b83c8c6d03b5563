import type { Context } from '../../../context.ts'
import type { Resource } from '../../http/endpoint.ts'
import { analyticsEndpoints } from './analytics/endpoints.ts'
import { authEndpoints } from './auth/endpoints.ts'
import { billingEndpoints, stripeEndpoints } from './billing/endpoints.ts'
import { contactEndpoints } from './contacts/endpoints.ts'
import { keyEndpoints } from './keys/endpoints.ts'
import { mediaEndpoints } from './media/endpoints.ts'
import { messageEndpoints } from './messages/endpoints.ts'
import { otpEndpoints } from './otp/endpoints.ts'
import { otpServiceEndpoints } from './otp/service-endpoints.ts'
import { otpTemplateEndpoint } from './otp/template-endpoint.ts'
import { operationEndpoints } from './operations/endpoints.ts'
import { templateEndpoints } from './templates/endpoints.ts'
import { webhookEndpointEndpoints } from './webhook-endpoints/endpoints.ts'
import { webhookEventEndpoints } from './webhook-events/endpoints.ts'
import { webhookDeliveryEndpoints } from './webhook-deliveries/endpoints.ts'
import { sessionEndpoints } from './sessions/endpoints.ts'

/** The resources of the native API. One line a resource. */
export function nativeResources(ctx: Context): Resource[] {
  return [
    authEndpoints(ctx),
    keyEndpoints(ctx),
    sessionEndpoints(ctx),
    messageEndpoints(ctx),
    otpEndpoints(ctx),
    otpServiceEndpoints(ctx),
    otpTemplateEndpoint(ctx),
    templateEndpoints(ctx),
    mediaEndpoints(ctx),
    contactEndpoints(ctx),
    analyticsEndpoints(ctx),
    billingEndpoints(ctx),
    stripeEndpoints(ctx),
    webhookEndpointEndpoints(ctx),
    webhookEventEndpoints(),
    webhookDeliveryEndpoints(ctx),
    operationEndpoints(ctx),
  ]
}
