import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import { cidrMatcher } from './cidr.ts'
import { isPublicAddress } from './public-address.ts'
import { createNameResolver, type ResolveName } from './resolve-name.ts'

// Why our own: the SSRF filters of npm check a name once and let the connection resolve it again (DNS rebinding), or
// know fewer spellings and blocks of addresses than the registries of IANA. This guard hands the vetted addresses to
// the connector, which connects to no other.

/** The reason why an outbound URL is not allowed; the text says what to change. */
export class ForbiddenTargetError extends Error {
  /** The URL itself is not fit for use, or it leads where nobody may go. */
  readonly code: 'E_INVALID_TARGET' | 'E_SSRF_BLOCKED'
  constructor(code: ForbiddenTargetError['code'], message: string) {
    super(message)
    this.name = 'ForbiddenTargetError'
    this.code = code
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
   * The addresses of a URL's `hostname` (a name or a literal), every one of them allowed: connect to no other.
   * Rejects with `ForbiddenTargetError` when any is forbidden, and with another error when there is none.
   */
  addressesOf(protocol: string, hostname: string): Promise<readonly LookupAddress[]>
}

export interface OutboundGuardOptions {
  /** Private blocks that may be reached all the same, over plain http too. */
  allowCidrs: readonly string[]
  /** Plain http to public addresses. */
  allowHttp?: boolean
  /** Where names are looked up; the DNS when absent. */
  resolveName?: ResolveName
}

/** The time that the DNS has for one name. */
const dnsTimeoutMs = 5_000

/** The rule: https, and public addresses only (see `isPublicAddress`), but for what the options allow. */
export function createOutboundGuard({
  allowCidrs,
  allowHttp = false,
  resolveName = createNameResolver({ timeoutMs: dnsTimeoutMs, systemToo: allowCidrs.length > 0 }),
}: OutboundGuardOptions): OutboundGuard {
  const isPermitted = cidrMatcher(allowCidrs)

  function assertAllowed(protocol: string, address: string): void {
    if (isPermitted(address)) return
    if (!isPublicAddress(address)) throw notPublic(address)
    if (protocol !== 'https:' && !allowHttp) throw httpsOnly()
  }

  function checkUrl(text: string): URL {
    if (!URL.canParse(text)) throw invalid('must be an absolute URL')
    const url = new URL(text)
    if (url.username !== '' || url.password !== '') throw invalid('must not carry a user name or password')
    const isPlain = url.protocol === 'http:' && (allowHttp || allowCidrs.length > 0)
    if (url.protocol !== 'https:' && !isPlain) throw httpsOnly()
    // The parser has made 127.0.0.1 of 2130706433, 0x7f.1, 0177.0.0.1 and the like.
    const literal = literalOf(url.hostname)
    if (literal !== null) assertAllowed(url.protocol, literal)
    else if (!isName(url.hostname)) throw invalid('must have a host name without empty parts')
    return url
  }

  async function addressesOf(protocol: string, hostname: string): Promise<readonly LookupAddress[]> {
    const literal = literalOf(hostname)
    const found =
      literal === null ? await resolveName(hostname) : [{ address: literal, family: isIP(literal) }]
    for (const { address } of found) assertAllowed(protocol, address)
    return found
  }

  return {
    checkUrl,
    addressesOf,
    async vet(text) {
      const url = checkUrl(text)
      await addressesOf(url.protocol, url.hostname).catch((error: unknown) => {
        if (error instanceof ForbiddenTargetError) throw error
      })
      return url
    },
  }
}

/**
 * The address that a host stands for without a question to anybody, or null. RFC 6761, section 6.3: localhost and
 * all names under it are this machine, whatever a resolver says.
 */
function literalOf(hostname: string): string | null {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return host
  return /(^|\.)localhost\.?$/i.test(host) ? '127.0.0.1' : null
}

/** One dot may stand at the end. */
function isName(hostname: string): boolean {
  return hostname.length <= 254 && /^([^.]{1,63}\.)*[^.]{1,63}\.?$/.test(hostname)
}

function invalid(message: string): ForbiddenTargetError {
  return new ForbiddenTargetError('E_INVALID_TARGET', message)
}

function httpsOnly(): ForbiddenTargetError {
  return invalid(
    'must start with https:// (plain http is only for the private addresses in OUTBOUND_ALLOW_CIDRS, ' +
      'unless the operator sets OUTBOUND_ALLOW_HTTP)',
  )
}

function notPublic(address: string): ForbiddenTargetError {
  return new ForbiddenTargetError(
    'E_SSRF_BLOCKED',
    `leads to ${address}, which is not a public address (an operator can allow it in OUTBOUND_ALLOW_CIDRS)`,
  )
}
