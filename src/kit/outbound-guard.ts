import { lookup as dnsLookup } from 'node:dns'
import { lookup as resolveName } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isInCidrs } from './cidr.ts'

/** Why an outbound URL is not allowed; the text says what to change. */
export class ForbiddenTargetError extends Error {
  readonly code = 'E_FORBIDDEN_TARGET'
  constructor(message: string) {
    super(message)
    this.name = 'ForbiddenTargetError'
  }
}

/** Keeps requests to URLs that others give us away from addresses that are not the public internet's. */
export interface OutboundGuard {
  /** Checks what can be seen from the URL itself. Throws `ForbiddenTargetError`. */
  checkUrl(url: string): URL
  /**
   * `checkUrl`, and what the name resolves to now. A name that does not resolve passes: it may later, and every
   * connection is checked again. Throws `ForbiddenTargetError`.
   */
  vet(url: string): Promise<URL>
  /**
   * The DNS lookup for connections of one protocol: refuses a name when any of its addresses is forbidden, and
   * hands over the very addresses it checked. Literal addresses never come here: see `checkUrl`.
   */
  lookupFor(protocol: 'http:' | 'https:'): LookupFunction
}

/**
 * `allowCidrs`: private blocks that may be reached all the same, over plain http too. Everything else must be
 * https and public: IPv4 unicast; IPv6 within 2000::/3 and unicast, which leaves out mapped, NAT64 and the like.
 */
export function createOutboundGuard(allowCidrs: readonly string[]): OutboundGuard {
  function checkUrl(text: string): URL {
    if (!URL.canParse(text)) throw new ForbiddenTargetError('must be an absolute URL')
    const url = new URL(text)
    if (url.username !== '' || url.password !== '') {
      throw new ForbiddenTargetError('must not carry a user name or password')
    }
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || allowCidrs.length === 0)) throw httpsOnly()
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0) assertReachable(url.protocol, host, allowCidrs)
    // RFC 6761, section 6.3: these names are this machine, whether or not its resolver knows them.
    if (/(^|\.)localhost\.?$/.test(host)) assertReachable(url.protocol, '127.0.0.1', allowCidrs)
    return url
  }

  return {
    checkUrl,
    async vet(text) {
      const url = checkUrl(text)
      const found = await resolveName(url.hostname, { all: true }).catch(() => [])
      for (const { address } of found) assertReachable(url.protocol, address, allowCidrs)
      return url
    },
    lookupFor: (protocol) => (hostname, options, callback) => {
      dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '')
        try {
          for (const { address } of addresses) assertReachable(protocol, address, allowCidrs)
        } catch (forbidden) {
          return callback(forbidden instanceof Error ? forbidden : new Error('forbidden'), '')
        }
        if (options.all === true) return callback(null, addresses)
        const [first] = addresses
        if (first === undefined) return callback(new Error(`no address for ${hostname}`), '')
        return callback(null, first.address, first.family)
      })
    },
  }
}

function assertReachable(protocol: string, address: string, allowCidrs: readonly string[]): void {
  if (isInCidrs(address, allowCidrs)) return
  if (protocol !== 'https:') throw httpsOnly()
  if (isPublic(address)) return
  throw new ForbiddenTargetError(
    `leads to ${address}, which is not a public address (an operator can allow it in OUTBOUND_ALLOW_CIDRS)`,
  )
}

function httpsOnly(): ForbiddenTargetError {
  return new ForbiddenTargetError(
    'must start with https:// (plain http is only for the private addresses in OUTBOUND_ALLOW_CIDRS)',
  )
}

function isPublic(address: string): boolean {
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.parseCIDR('2000::/3'))
}
