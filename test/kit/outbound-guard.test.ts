import { expect, test } from 'vitest'
import { createOutboundGuard, ForbiddenTargetError } from '../../src/kit/outbound-guard.ts'

const strict = createOutboundGuard({ allowCidrs: [] })

/** One address or more of each special-purpose block (IANA), and the ways in which they are written. */
const forbidden = [
  ['this network', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.254'],
  ['private', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['loopback, as one number', '2130706433'],
  ['loopback, in hex', '0x7f.1'],
  ['loopback, in octal', '0177.0.0.1'],
  ['link-local', '169.254.0.1'],
  ['cloud metadata', '169.254.169.254'],
  ['IETF protocol assignments', '192.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['documentation', '198.51.100.1'],
  ['documentation', '203.0.113.1'],
  ['6to4 relay', '192.88.99.1'],
  ['benchmarking', '198.18.0.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '[::]'],
  ['loopback', '[::1]'],
  ['mapped loopback', '[::ffff:127.0.0.1]'],
  ['mapped public address', '[::ffff:8.8.8.8]'],
  ['IPv4-compatible loopback', '[::7f00:1]'],
  ['ISATAP loopback', '[::5efe:7f00:1]'],
  ['NAT64', '[64:ff9b::7f00:1]'],
  ['NAT64, local use', '[64:ff9b:1::1]'],
  ['discard only', '[100::1]'],
  ['Teredo', '[2001::1]'],
  ['benchmarking', '[2001:2::1]'],
  ['ORCHIDv2', '[2001:20::1]'],
  ['documentation', '[2001:db8::1]'],
  ['6to4', '[2002:7f00:1::]'],
  ['documentation', '[3fff::1]'],
  ['unique local', '[fc00::1]'],
  ['unique local', '[fd12:3456::1]'],
  ['link-local', '[fe80::1]'],
  ['site-local', '[fec0::1]'],
  ['multicast', '[ff02::1]'],
] as const

test.each(forbidden)('%s is not reached: %s', (_block, host) => {
  expect(() => strict.checkUrl(`https://${host}/hook`)).toThrow(ForbiddenTargetError)
})

test.each(['8.8.8.8', '1.1.1.1', '[2606:4700:4700::1111]', '[2a00:1450:4001:81b::200e]'])(
  'the public %s is reached',
  (host) => {
    expect(strict.checkUrl(`https://${host}/hook`).protocol).toBe('https:')
  },
)

test.each([
  ['plain http', 'http://8.8.8.8/', /https/],
  ['a password', 'https://user:secret@example.com/', /user name/],
  ['another protocol', 'ftp://example.com/', /https/],
  ['a file', 'file:///etc/passwd', /https/],
  ['a relative URL', '/hook', /absolute/],
])('%s is refused with what to change', (_what, url, why) => {
  expect(() => strict.checkUrl(url)).toThrow(why)
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
