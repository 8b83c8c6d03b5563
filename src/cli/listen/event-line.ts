import { z } from 'zod'

const event = z.object({
  type: z.string().optional(),
  event: z.string().optional(),
  data: z.record(z.string(), z.unknown()).default({}),
})

/** One line about an event for people: its type, its subject and its result. */
export function lineOf(seen: {
  body: string
  id: string
  verdict: string | null
  status: number
  latencyMs: number
  isForwarded: boolean
}): string {
  const { data: known } = event.safeParse(jsonOf(seen.body))
  const facts = [
    'status',
    'messageId',
    'from',
    'to',
    'errorCode',
    'errorMessage',
    'endpointId',
    'name',
  ].flatMap((name) => {
    const value = known?.data[name]
    return typeof value === 'string' ? [`${name} ${value}`] : []
  })
  const verdict = seen.verdict === 'ok' ? 'signature OK' : `SIGNATURE WRONG: ${seen.verdict}`
  const parts = [
    new Date().toISOString().slice(11, 23),
    (known?.type ?? known?.event ?? 'no event').padEnd(24),
    ...facts,
    `webhook-id ${seen.id}`,
    ...(seen.verdict === null ? [] : [verdict]),
    seen.isForwarded ? `-> ${seen.status} in ${seen.latencyMs} ms` : `-> ${seen.status}`,
  ]
  // Text from strangers must not control the terminal.
  return parts.join('  ').replaceAll(/\p{Cc}/gu, '�')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
