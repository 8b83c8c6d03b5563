import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { pathToFileURL } from 'node:url'
import type * as Answers from '../src/api/native/resources/messages/answers.ts'
import type * as Requests from '../src/api/native/resources/messages/requests.ts'
import type * as AddressRules from '../src/domain/messages/address.ts'
import type * as Ids from '../src/kit/id.ts'

/**
 * What every ratio is against: one Fastify route as its users write it, with the same schemas for body and answer as
 * `POST /send-message` and the same rule for the recipient, that stores nothing and answers at once. Run with the folder of the build
 * whose schemas it takes, so that it runs the same compiled code as the product.
 */

const build = pathToFileURL(`${process.argv[2]}/`)
const messages = new URL('api/native/resources/messages/', build)
const requests: typeof Requests = await import(new URL('requests.js', messages).href)
const answers: typeof Answers = await import(new URL('answers.js', messages).href)
const address: typeof AddressRules = await import(new URL('domain/address.js', build).href)
const ids: typeof Ids = await import(new URL('kit/id.js', build).href)

const app = Fastify().withTypeProvider<ZodTypeProvider>()
app.setValidatorCompiler(validatorCompiler)
app.setSerializerCompiler(serializerCompiler)
app.post(
  '/send-message',
  { schema: { body: requests.sendBody, response: { 202: answers.sendAnswer } } },
  async (request, reply) => {
    const send = requests.toSendRequest(request.body)
    if (address.parseAddress(send.to) === null) throw new Error('the load generator made a bad number')
    return reply.code(202).send({
      success: true,
      data: { id: ids.newId(), status: 'queued', scheduledFor: null },
    })
  },
)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
process.send?.({ url })
