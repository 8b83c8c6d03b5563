import { z } from 'zod'
import { StartError } from '../../kit/start-error.ts'

/** The API, and the key to call it with once there is one. */
export interface Api {
  url: string
  key: string | null
}

interface Answer {
  status: number
  body: unknown
}

const refusal = z.object({ error: z.string() })

/** One request. Throws `StartError` with the API's own words when its status is not one that was expected. */
export async function call(
  { url, key }: Api,
  method: string,
  route: string,
  body?: object,
  expected: readonly number[] = [200],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${route}`, {
    method,
    headers: {
      ...headers,
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer: Answer = { status: response.status, body: await response.json() }
  if (expected.includes(answer.status)) return answer
  const { data } = refusal.safeParse(answer.body)
  throw new StartError(`${method} ${route} answered ${answer.status}: ${data?.error ?? 'no reason'}`)
}

/** An address that a client can use, where the service listens on all of them. */
export function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
