import { expect, onTestFinished, test } from 'vitest'
import { createNameResolver } from '../../../src/kit/net/resolve-name.ts'
import { startDns, type DnsRecord } from '../../fakes/dns.ts'

async function resolverOf(records: Record<string, DnsRecord>, { timeoutMs = 5_000, systemToo = false } = {}) {
  const dns = await startDns(records)
  onTestFinished(() => dns.close())
  return { resolve: createNameResolver({ timeoutMs, systemToo, servers: [dns.server] }), asked: dns.asked }
}

test('all addresses of a name come, IPv4 first, in whatever case and with a dot at the end', async () => {
  const { resolve } = await resolverOf({ 'hook.test': { addresses: ['2606:4700::1', '8.8.8.8', '1.1.1.1'] } })
  const wanted = [
    { address: '8.8.8.8', family: 4 },
    { address: '1.1.1.1', family: 4 },
    { address: '2606:4700::1', family: 6 },
  ]
  expect(await resolve('hook.test')).toEqual(wanted)
  expect(await resolve('HOOK.test.')).toEqual(wanted)
})

test('a name with IPv6 only resolves; one without addresses and one that does not exist do not', async () => {
  const { resolve } = await resolverOf({
    'six.test': { addresses: ['2606:4700::1'] },
    'bare.test': { addresses: [] },
  })
  expect(await resolve('six.test')).toEqual([{ address: '2606:4700::1', family: 6 }])
  await expect(resolve('bare.test')).rejects.toThrow('bare.test')
  await expect(resolve('gone.test')).rejects.toThrow('gone.test')
})

test('a burst of connections asks once', async () => {
  const { resolve, asked } = await resolverOf({ 'hook.test': { addresses: ['8.8.8.8'] } })
  await Promise.all(Array.from({ length: 50 }, () => resolve('hook.test')))
  await resolve('hook.test')
  expect(asked.toSorted()).toEqual(['hook.test A', 'hook.test AAAA'])
})

test('names that are never answered end in time and hold up no other, many of them', async () => {
  const silent = Array.from({ length: 64 }, (_, index) => `silent-${index}.test`)
  const { resolve } = await resolverOf(
    {
      'hook.test': { addresses: ['8.8.8.8'] },
      ...Object.fromEntries(silent.map((name) => [name, { addresses: [], silent: ['A', 'AAAA'] }])),
    },
    { timeoutMs: 1_000 },
  )
  const ended: string[] = []
  const hanging = silent.map((name) => resolve(name).catch(() => ended.push(name)))
  expect(await resolve('hook.test')).toEqual([{ address: '8.8.8.8', family: 4 }])
  expect(ended).toEqual([])
  await Promise.all(hanging)
  expect(ended).toHaveLength(64)
})

test('a server that never answers about IPv6 costs the IPv4 addresses nothing', async () => {
  const { resolve } = await resolverOf(
    { 'hook.test': { addresses: ['8.8.8.8'], silent: ['AAAA'] } },
    { timeoutMs: 1_000 },
  )
  expect(await resolve('hook.test')).toEqual([{ address: '8.8.8.8', family: 4 }])
})

test('what stands in /etc/hosts goes before the DNS', async () => {
  const { resolve, asked } = await resolverOf({ localhost: { addresses: ['8.8.8.8'] } })
  const addresses = (await resolve('localhost')).map(({ address }) => address)
  expect(addresses).toContain('127.0.0.1')
  expect(addresses).not.toContain('8.8.8.8')
  expect(asked).toEqual([])
})
