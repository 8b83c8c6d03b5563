import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

/** The stand-ins as processes of their own, as benchmarks and crash tests use them. */

const ready = z.object({ url: z.string(), port: z.number() })

async function withProcess(file: string, args: string[], act: (url: string) => Promise<void>): Promise<void> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, args, { execArgv: ['--import', 'tsx'], silent: true })
  try {
    const [message]: unknown[] = await once(child, 'message')
    await act(ready.parse(message).url)
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
}

async function control(url: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return (await fetch(`${url}/__control/${path}`, init)).json()
}

test('a Graph API in its own process takes options by flags and rules over its control', async () => {
  const args = ['--phones', '[{"id":"7","tokens":["t"]}]', '--callbacks.step-ms=0', '--ledger', 'times']
  await withProcess('./graph-api/main.ts', args, async (url) => {
    const send = async (correlation: string) => {
      const text = { body: 'Hi' }
      const body = { messaging_product: 'whatsapp', to: '16505551234', type: 'text', text }
      const answer = await fetch(`${url}/v25.0/7/messages`, {
        method: 'POST',
        headers: { authorization: 'Bearer t' },
        body: JSON.stringify({ ...body, biz_opaque_callback_data: correlation }),
      })
      return answer.status
    }
    await control(url, 'rules', [{ when: { nth: 2 }, outcome: { kind: 'html', status: 503 } }])
    expect([await send('a'), await send('b'), await send('a')]).toEqual([200, 503, 200])
    expect(await control(url, 'ledger')).toEqual({
      accepted: 2,
      distinct: 1,
      withoutCorrelation: 0,
      duplicates: { a: 2 },
    })
    expect(await control(url, 'ledger?correlation=a')).toMatchObject({
      count: 2,
      messages: [{ body: null }, {}],
    })
    expect(await control(url, 'stats')).toMatchObject({ accepted: 2, kept: 2 })
    expect(await control(url, 'rules', [{ outcome: { kind: 'typo' } }])).toHaveProperty('error')
  })
})

test('a webhook receiver in its own process is told its secret late', async () => {
  await withProcess('./webhook-receiver/main.ts', ['--verify=false'], async (url) => {
    const post = () => fetch(`${url}/hook`, { method: 'POST', body: '{"a":1}' })
    expect((await post()).status).toBe(204)
    await control(url, 'secret', { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
    await post()
    const problems = ['no secret is set', 'Missing required headers']
    expect(await control(url, 'deliveries')).toMatchObject({
      deliveries: problems.map((problem) => ({ problem })),
    })
  })
})
