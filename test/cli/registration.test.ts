import { describe, expect, test } from 'vitest'
import { createConfig } from '../../src/config/config.ts'
import { parseEnv } from '../../src/config/env.ts'
import { createLog } from '../../src/kit/log.ts'
import { startTestService } from '../support/service.ts'

describe('registration, where nobody said whether it is open', () => {
  test.each([
    [undefined, 'open'],
    ['127.0.0.1', 'open'],
    ['localhost', 'open'],
    ['::1', 'open'],
    ['0.0.0.0', 'closed'],
    ['::', 'closed'],
    ['192.168.1.5', 'closed'],
    ['hermod.internal', 'closed'],
  ])('a listener on %s means %s', (host, mode) => {
    const config = createConfig(parseEnv(host === undefined ? {} : { HOST: host }))
    expect(config.registration.mode).toBe(mode)
    const chosen = createConfig(parseEnv({ REGISTRATION: 'open', ...(host !== undefined && { HOST: host }) }))
    expect(chosen.registration.mode).toBe('open')
  })

  test('a network that reaches the service cannot register, and the start says what to do', async () => {
    const lines: string[] = []
    const hermod = await startTestService({
      env: { HOST: '0.0.0.0' },
      overrides: { log: createLog('info', { write: (line) => void lines.push(line) }) },
    })
    const body = { name: 'A', email: 'a@example.com' }
    const answer = await hermod.call('POST', '/auth/register', { body })
    expect([answer.status, answer.body.code]).toEqual([403, 'registration_closed'])
    expect(lines.join('\n')).toMatch(/Registration is closed.*npm run admin -- accounts create/)
    await hermod.stop()
  })
})
