import { until, type Answer, type CallOptions } from '../../support/service.ts'

interface World {
  ask(method: string, path: string, options?: CallOptions): Promise<Answer>
}

const to = '+14155552671'
const session = 'sandbox'
const tested = { testNumbers: [{ number: to, code: '246810', expiresAt: '2099-01-01T00:00:00Z' }] }

/** Sends a code that may be sent again at once; resolves with its id. */
export async function newVerification({ ask }: World, fields: Record<string, unknown> = {}): Promise<string> {
  await ask('PUT', '/otp/services/default', { body: { resendWaitSeconds: [0] } })
  const { body } = await ask('POST', '/otp', { body: { to, session, ...fields } })
  return body.data.id
}

/** The operations of one-time passwords that need something to exist first, or show their fields only in several answers. */
export const otpCases = {
  'POST /otp/verify': {
    async ask(world: World) {
      await newVerification(world, { code: '123456' })
      const judge = (code: string) => world.ask('POST', '/otp/verify', { body: { to, code } })
      return [await judge('000000'), await judge('123456')]
    },
    async sendExample(world: World, example: unknown) {
      const id = await newVerification(world)
      const body = Object(example)
      return world.ask('POST', '/otp/verify', { body: 'id' in body ? { ...body, id } : body })
    },
  },
  'GET /otp': {
    async ask(world: World) {
      await newVerification(world)
      return [await world.ask('GET', '/otp')]
    },
  },
  'GET /otp/decisions': {
    async ask(world: World) {
      await newVerification(world)
      return [await world.ask('GET', '/otp/decisions')]
    },
  },
  'GET /otp/analytics': {
    async ask(world: World) {
      // Ten of one prefix, of which none is verified.
      const numbers = Array.from({ length: 10 }, (_, n) => `1415777${String(1_000 + 20 * n)}`)
      for (const number of numbers) await newVerification(world, { to: number })
      return [
        await until(
          () => world.ask('GET', '/otp/analytics'),
          ({ body }) => body.data.poorPrefixes.length > 0,
          'the sums of ten sends',
        ),
      ]
    },
  },
  'PUT /otp/services/{name}': {
    ask: async (world: World) => [await world.ask('PUT', '/otp/services/login', { body: tested })],
  },
  'GET /otp/services/{name}': {
    async ask(world: World) {
      await world.ask('PUT', '/otp/services/login', { body: tested })
      return [await world.ask('GET', '/otp/services/login')]
    },
  },
  'GET /otp/services': {
    async ask(world: World) {
      await world.ask('PUT', '/otp/services/login', { body: tested })
      return [await world.ask('GET', '/otp/services')]
    },
  },
  'DELETE /otp/services/{name}': {
    async ask(world: World) {
      await world.ask('PUT', '/otp/services/login', { body: tested })
      return [await world.ask('DELETE', '/otp/services/login')]
    },
  },
  'POST /otp/services/{name}/template': {
    ask: async (world: World) => [
      await world.ask('POST', '/otp/services/default/template', { body: { languages: ['en_US'], session } }),
    ],
    sendExample: (world: World, example: unknown) =>
      world.ask('POST', '/otp/services/default/template', { body: { ...Object(example), session } }),
  },
}
