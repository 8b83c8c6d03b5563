import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { DocumentedByHand } from '../http/endpoint.ts'
import type { Surface } from '../http/surface.ts'
import { polish } from './polish.ts'
import { webhooksSection } from '../native/plugins/webhook-schemas.ts'

const description = `Hermod sends WhatsApp messages over your own Meta credentials.

1. \`POST /auth/register\` gives you a key. Click **Authorize** and paste it.
2. \`PUT /auth/me/credentials\` connects your number; or send with \`"session": "sandbox"\` to try everything first.
3. \`POST /send-message\` answers 202 as soon as the message is stored, and \`GET /messages/{id}\` tells what became of it.

The [guide](/developers) says the same at more length, with samples in curl, JavaScript and Python. For machines there are [llms.txt](/llms.txt) and [openapi.json](/openapi.json).`

/** Leaves out what serves nobody here: a bar to open other documents, and a column that is wider than a phone. */
const css = `
.swagger-ui .topbar, .swagger-ui .response-col_links { display: none }
.swagger-ui .info { margin: 30px 0 }
`

/** Generates the OpenAPI document from the endpoints, and serves it and its explorer. */
export async function installOpenapi(
  app: FastifyInstance,
  { publicUrl, surfaces }: { publicUrl: string | null; surfaces: readonly Surface[] },
): Promise<void> {
  const byHand = new Map<string, DocumentedByHand>()
  app.addHook('onRoute', ({ schema, config }) => {
    if (schema?.operationId !== undefined && config?.document !== undefined) {
      byHand.set(schema.operationId, config.document)
    }
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Hermod',
        version: '0.1.0',
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      externalDocs: { url: `${publicUrl ?? ''}/developers`, description: 'Guide for developers' },
      servers: [{ url: publicUrl ?? '/' }],
      tags: [
        { name: 'Account', description: 'Registration, credentials and the webhook URL.' },
        { name: 'Keys', description: 'API keys: what they may do, from where, and until when.' },
        { name: 'Sessions', description: 'Your senders: numbers and sandboxes, and their health.' },
        { name: 'Messages', description: 'Send, follow and list messages.' },
        { name: 'One-time passwords', description: 'Send a code, check a code, and what protects both.' },
        { name: 'Templates', description: 'What Meta lets you send at any time.' },
        { name: 'Media', description: 'Files to send, and files that customers sent.' },
        { name: 'Contacts', description: 'What WhatsApp lets you send to whom.' },
        { name: 'Webhooks', description: 'Where events are posted, and what they say.' },
        { name: 'Analytics', description: 'How your messages fared.' },
        { name: 'Billing', description: 'Credits, and plans that are paid for through Stripe.' },
        { name: 'Callbacks', description: 'What Meta calls. Not for your app.' },
        { name: 'Operations', description: 'Health of this installation.' },
        ...surfaces.map(({ tag }) => tag),
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'Your API key: sk_live_... or sk_test_...' },
          ...Object.assign({}, ...surfaces.map(({ security }) => security ?? {})),
        },
      },
      security: [{ apiKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      polish({ ...jsonSchemaTransformObject(document), webhooks: webhooksSection() }, byHand),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // A browser that upgraded requests would find nothing where the service is reached without TLS.
    transformStaticCSP: (policy) => policy.replace('upgrade-insecure-requests;', ''),
    uiConfig: { persistAuthorization: true, docExpansion: 'list', tryItOutEnabled: true },
    theme: { title: 'Hermod API', css: [{ filename: 'hermod.css', content: css }] },
  })
  app.get('/openapi.json', { config: { scope: 'open' }, schema: { hide: true } }, () => app.swagger())
}
