import { z } from 'zod'
import type { AppAccount } from './client.ts'
import type { Fake } from './fakes.ts'
import { accessToken, phones } from './graph-weather.ts'

const registered = z.object({ data: z.object({ apiKey: z.string(), accountId: z.string() }) })
const webhookSet = z.object({ data: z.object({ secret: z.string() }) })

/** Makes an account for each number of the fake Graph, with credentials and a webhook of its own. */
export async function openAccounts(url: string, receiver: Fake): Promise<AppAccount[]> {
  return Promise.all(
    phones.map((phoneNumberId, index) => openAccount(url, receiver, { phoneNumberId, index })),
  )
}

async function openAccount(
  url: string,
  receiver: Fake,
  { phoneNumberId, index }: { phoneNumberId: string; index: number },
): Promise<AppAccount> {
  const { data } = registered.parse(
    await ask(url, 'POST', '/auth/register', null, { name: `Storm ${index}`, email: 'storm@example.com' }),
  )
  await ask(url, 'PUT', '/auth/me/credentials', data.apiKey, {
    whatsappAccessToken: accessToken,
    whatsappPhoneNumberId: phoneNumberId,
  })
  const path = `/hooks/${index}`
  const webhook = webhookSet.parse(
    await ask(url, 'PUT', '/auth/me/webhook', data.apiKey, { url: `${receiver.url}${path}` }),
  )
  await receiver.control('secret', { body: { secret: webhook.data.secret, path } })
  return { id: data.accountId, apiKey: data.apiKey }
}

/** Calls the API as an app does. Throws for anything but success. */
export async function ask(
  url: string,
  method: string,
  route: string,
  apiKey: string | null,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(`${url}${route}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}
