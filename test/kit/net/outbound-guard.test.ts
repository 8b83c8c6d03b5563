import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createOutboundGuard, ForbiddenTargetError } from '../../../src/kit/net/outbound-guard.ts'
import { samplesOf, specialBlocks } from './special-blocks.ts'

/** A fake DNS: what each name resolves to at its first, second, ... question; the last one stays. */
function fakeDns(answers: Record<string, string[][]>) {
  const asked: string[] = []
  return {
    asked,
    resolveName(name: string) {
      const turns = answers[name] ?? []
      const turn = asked.filter((one) => one === name).length
      asked.push(name)
      const addresses = turns[Math.min(turn, turns.length - 1)]
      if (addresses === undefined) return Promise.reject(new Error(`no such name: ${name}`))
      return Promise.resolve(addresses.map((address) => ({ address, family: isIP(address) })))
    },
  }
}

const strict = createOutboundGuard({ allowCidrs: [], resolveName: fakeDns({}).resolveName })
const resolvingTo = (...addresses: string[]) =>
  createOutboundGuard({ allowCidrs: [], resolveName: fakeDns({ 'hook.test': [addresses] }).resolveName })
const urlOf = (address: string): string => `https://${isIP(address) === 6 ? `[${address}]` : address}/hook`
const blocked = expect.objectContaining({ code: 'E_SSRF_BLOCKED' })
const refusalOf = (url: string, guard = strict): unknown => {
  try {
    return guard.checkUrl(url).href
  } catch (error) {
    return error
  }
}

describe('addresses that no webhook may lead to', () => {
  test.each(specialBlocks)('%s (%s, %s), as a literal and behind a name', async (block) => {
    for (const address of samplesOf(block)) {
      expect([address, refusalOf(urlOf(address))]).toEqual([address, blocked])
      const behindName = resolvingTo(address).vet('https://hook.test/')
      await expect(behindName).rejects.toMatchObject({
        code: 'E_SSRF_BLOCKED',
        message: expect.stringContaining(address),
      })
    }
  })

  /** 127.0.0.1, 10.0.0.1 and 169.254.169.254 in every writing and disguise that leads there. */
  test.each([
    ['as one decimal number', '2130706433'],
    ['as one hex number', '0x7f000001'],
    ['as one octal number', '017700000001'],
    ['in hex parts', '0x7f.0x0.0x0.0x1'],
    ['in octal parts', '0177.0.0.01'],
    ['in two parts', '127.1'],
    ['in two parts, hex', '0x7f.1'],
    ['in three parts', '10.0.1'],
    ['in parts of all kinds', '0xa.0.01'],
    ['with a dot at the end', '127.0.0.1.'],
    ['in full-width digits', '１２７.０.０.１'],
    ['with ideographic full stops', '127。0。0。1'],
    ['percent-encoded', '%31%32%37.0.0.1'],
    ['metadata as one number', '2852039166'],
    ['metadata, mapped', '[::ffff:169.254.169.254]'],
    ['metadata, mapped in hex', '[::ffff:a9fe:a9fe]'],
    ['metadata, compatible', '[::169.254.169.254]'],
    ['metadata, translated', '[::ffff:0:169.254.169.254]'],
    ['metadata by NAT64', '[64:ff9b::169.254.169.254]'],
    ['metadata by NAT64 for local use', '[64:ff9b:1::169.254.169.254]'],
    ['metadata by 6to4', '[2002:a9fe:a9fe::1]'],
    ['metadata by Teredo', '[2001:0:4136:e378:8000:63bf:5601:5601]'],
    ['metadata by ISATAP', '[2606:4700::5efe:a9fe:a9fe]'],
    ['metadata by ISATAP, global', '[2606:4700::200:5efe:a9fe:a9fe]'],
    ['metadata by ISATAP, link local', '[fe80::5efe:169.254.169.254]'],
    ['metadata over IPv6', '[fd00:ec2::254]'],
    ['loopback by NAT64', '[64:ff9b::7f00:1]'],
    ['private by NAT64', '[64:ff9b::10.0.0.1]'],
    ['loopback, all groups', '[0:0:0:0:0:0:0:1]'],
  ])('%s: %s', (_what, host) => {
    expect(refusalOf(`https://${host}/`)).toEqual(blocked)
  })

  test.each(['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', 'a.b.localhost.'])(
    '%s is this machine, whatever the DNS says',
    async (name) => {
      const { resolveName, asked } = fakeDns({ [name.toLowerCase()]: [['8.8.8.8']] })
      const guard = createOutboundGuard({ allowCidrs: [], resolveName })
      await expect(guard.addressesOf('https:', name)).rejects.toMatchObject({ code: 'E_SSRF_BLOCKED' })
      await expect(guard.vet(`https://${name}/`)).rejects.toMatchObject({ code: 'E_SSRF_BLOCKED' })
      expect(asked).toEqual([])
    },
  )

  test('a metadata host is refused by where its name leads', async () => {
    const names = { 'metadata.google.internal': [['169.254.169.254']] }
    const guard = createOutboundGuard({ allowCidrs: [], resolveName: fakeDns(names).resolveName })
    await expect(guard.vet('https://metadata.google.internal/')).rejects.toThrow('169.254.169.254')
  })

  test('one forbidden address among public ones is enough', async () => {
    const guard = resolvingTo('8.8.8.8', '2606:4700:4700::1111', '10.0.0.1')
    await expect(guard.vet('https://hook.test/')).rejects.toThrow('10.0.0.1')
    await expect(guard.addressesOf('https:', 'hook.test')).rejects.toBeInstanceOf(ForbiddenTargetError)
  })

  test('a name that turns to this machine after it was saved is refused when it is connected to', async () => {
    const { resolveName } = fakeDns({ 'rebind.test': [['8.8.8.8'], ['127.0.0.1']] })
    const guard = createOutboundGuard({ allowCidrs: [], resolveName })
    expect((await guard.vet('https://rebind.test/')).hostname).toBe('rebind.test')
    await expect(guard.addressesOf('https:', 'rebind.test')).rejects.toMatchObject({ code: 'E_SSRF_BLOCKED' })
  })
})

describe('addresses of the public internet', () => {
  /** Well-known hosts, the neighbours of special blocks, and IPv4 hosts as a DNS64 shows them. */
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '1.0.0.0',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.0.3.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '2001:200::',
    '2001:4860:4860::8888',
    '2001:db7:ffff:ffff::1',
    '2001:db9::1',
    '2003::1',
    '2620:4f:7fff::1',
    '2620:4f:8001::1',
    '3fff:1000::1',
    '64:ff9b::8.8.8.8',
  ])('%s is reached, as a literal and behind a name', async (address) => {
    expect(refusalOf(urlOf(address))).toBe(new URL(urlOf(address)).href)
    expect(await resolvingTo(address).addressesOf('https:', 'hook.test')).toEqual([
      { address, family: isIP(address) },
    ])
  })
})

test.each([
  ['plain http', 'http://8.8.8.8/', /https/],
  ['plain http to a name', 'http://example.com/', /https/],
  ['a password', 'https://user:secret@example.com/', /user name/],
  ['a user', 'https://user@example.com/', /user name/],
  ['another protocol', 'ftp://example.com/', /https/],
  ['a file', 'file:///etc/passwd', /https/],
  ['a relative URL', '/hook', /absolute/],
  ['a zone id', 'https://[fe80::1%25eth0]/', /absolute/],
  ['a number too large for an address', 'https://4294967296/', /absolute/],
  ['an empty label', 'https://hook..example.com/', /empty/],
  ['a dot in front', 'https://.example.com/', /empty/],
  ['a name too long', `https://${'a'.repeat(64)}.example.com/`, /host name/],
])('%s is refused with what to change', (_what, url, why) => {
  expect(() => strict.checkUrl(url)).toThrow(why)
  expect(refusalOf(url)).toMatchObject({ code: 'E_INVALID_TARGET' })
})

test('an allowed private block is reached, over plain http too, and nothing beside it', () => {
  const guard = createOutboundGuard({ allowCidrs: ['10.1.0.0/16', 'fd00::/8'] })
  for (const url of ['http://10.1.2.3/', 'https://10.1.2.3/', 'http://[fd00::7]:8080/']) {
    expect(guard.checkUrl(url).href).toBe(url)
  }
  for (const url of ['http://10.2.0.1/', 'https://10.2.0.1/', 'http://8.8.8.8/', 'https://[fe80::1]/']) {
    expect(() => guard.checkUrl(url)).toThrow(ForbiddenTargetError)
  }
})

test('plain http to public addresses is for the operator to allow, and allows no private ones', async () => {
  const { resolveName } = fakeDns({ 'public.test': [['8.8.8.8']], 'private.test': [['10.0.0.1']] })
  const guard = createOutboundGuard({ allowCidrs: [], allowHttp: true, resolveName })
  expect((await guard.vet('http://public.test/')).protocol).toBe('http:')
  await expect(guard.vet('http://private.test/')).rejects.toMatchObject({ code: 'E_SSRF_BLOCKED' })
  expect(refusalOf('http://127.0.0.1/', guard)).toEqual(blocked)
})

test('a name that does not resolve may be saved, for it may resolve later', async () => {
  expect((await strict.vet('https://not-yet.test/')).hostname).toBe('not-yet.test')
  await expect(strict.addressesOf('https:', 'not-yet.test')).rejects.toThrow('no such name')
})
