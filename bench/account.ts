import { z } from 'zod'

/** An account on a stack, with the fake Graph's number as its sender. */
export interface Account {
  id: string
  key: string
}

const registered = z.object({ data: z.object({ apiKey: z.string(), accountId: z.string() }) })
const sent = z.object({ data: z.object({ id: z.string() }) })

/** The number and token that the fake Graph knows from the start. */
const credentials = { whatsappAccessToken: 'EAAtesttoken', whatsappPhoneNumberId: '106540352242922' }

export async function createAccount(url: string): Promise<Account> {
  const answer = registered.parse(
    await call(url, 'POST', '/auth/register', { body: { name: 'Bench', email: 'bench@example.com' } }),
  )
  const account = { id: answer.data.accountId, key: answer.data.apiKey }
  await call(url, 'PUT', '/auth/me/credentials', { key: account.key, body: credentials })
  return account
}

/** Sends one message and returns its id. */
export async function sendMessage(
  url: string,
  { key }: Account,
  fields: { to: string } & Record<string, unknown>,
): Promise<string> {
  const body = { message: 'Your order has left our store and will be with you tomorrow.', ...fields }
  return sent.parse(await call(url, 'POST', '/send-message', { key, body })).data.id
}

/** One request to the API; throws when it is not answered with success. */
export async function call(
  url: string,
  method: string,
  path: string,
  { key, body }: { key?: string; body: unknown },
): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  })
  const said: unknown = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(said)}`)
  return said
}
