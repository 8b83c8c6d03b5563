import type { FastifyPluginAsyncZod, FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import type { Context } from '../../../context.ts'
import { analyticsRoutes } from './analytics/routes.ts'
import { authRoutes } from './auth/routes.ts'
import { billingRoutes } from './billing/routes.ts'
import { contactRoutes } from './contacts/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { mediaRoutes } from './media/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { operationRoutes } from './operations/routes.ts'
import { templateRoutes } from './templates/routes.ts'
import { webhookEndpointRoutes } from './webhook-endpoints/routes.ts'
import { webhookEventRoutes } from './webhook-events/routes.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'

/** The resources of the native API. One line a resource. */
export function nativeResources(ctx: Context): (FastifyPluginCallbackZod | FastifyPluginAsyncZod)[] {
  return [
    authRoutes(ctx),
    keyRoutes(ctx),
    sessionRoutes(ctx),
    messageRoutes(ctx),
    templateRoutes(ctx),
    mediaRoutes(ctx),
    contactRoutes(ctx),
    analyticsRoutes(ctx),
    billingRoutes(ctx),
    webhookEndpointRoutes(ctx),
    webhookEventRoutes(),
    webhookDeliveryRoutes(ctx),
    operationRoutes(ctx),
  ]
}
