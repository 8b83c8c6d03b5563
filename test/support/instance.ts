import { startProgram, type Program } from './program.ts'
import { testSecretsKey, until } from './service.ts'

/** The service as it is shipped, in a process of its own. */
export interface Instance {
  program: Program
  /** Where it listens, once it is ready. */
  ready(): Promise<string>
  /** What it said, once it has ended by itself. */
  refusal(): Promise<string>
}

export function startInstance(env: Record<string, string>, args: string[] = []): Instance {
  const program = startProgram('main', args, {
    PORT: '0',
    SECRETS_KEY: testSecretsKey,
    LOG_LEVEL: 'info',
    DEFAULT_PLAN: 'unlimited',
    SHUTDOWN_TIMEOUT_SECONDS: '3',
    REGISTRATION: 'open',
    REGISTRATIONS_PER_MINUTE: '100000',
    ...env,
  })
  return {
    program,
    async ready() {
      const url = await until(
        () => {
          if (!program.isRunning()) throw new Error(`it ended instead: ${program.text()}`)
          return /"url":"([^"]+)".*"msg":"ready"/.exec(program.text())?.[1]
        },
        (found) => found !== undefined,
        `ready of ${program.text()}`,
        60_000,
      )
      return url ?? ''
    },
    async refusal() {
      await program.ended()
      const text = program.text()
      return text
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n')
    },
  }
}

/** Makes an account, sends through the sandbox, and waits until the message was read: the whole way, with its queue. */
export async function sendThrough(url: string): Promise<void> {
  const call = async (method: string, route: string, key?: string, body?: object): Promise<any> => {
    const answer = await fetch(`${url}${route}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${await answer.text()}`)
    return ((await answer.json()) as any).data
  }
  const { apiKey } = await call('POST', '/auth/register', undefined, {
    name: 'Test',
    email: 'test@example.com',
  })
  const { id } = await call('POST', '/send-message', apiKey, {
    to: '14155550100',
    message: 'Hi',
    session: 'sandbox',
  })
  await until(
    () => call('GET', `/messages/${id}`, apiKey),
    (message) => message.status === 'read',
    'a message that was read',
    30_000,
  )
}
