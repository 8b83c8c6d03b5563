import ipaddr from 'ipaddr.js'

/** True when an address lies in one of the blocks; an IPv4 address in IPv6 clothes counts as IPv4. */
export function isInCidrs(address: string, cidrs: readonly string[]): boolean {
  return cidrMatcher(cidrs)(address)
}

/** `isInCidrs` for blocks that are asked about often: they are read once. */
export function cidrMatcher(cidrs: readonly string[]): (address: string) => boolean {
  const blocks = cidrs.map((cidr) => ipaddr.parseCIDR(cidr))
  return (address) => {
    if (blocks.length === 0 || !ipaddr.isValid(address)) return false
    const parsed = ipaddr.process(address)
    return blocks.some(([block, bits]) => parsed.kind() === block.kind() && parsed.match(block, bits))
  }
}

/** True for text such as 10.0.0.0/8 or fd00::/8. */
export function isCidr(text: string): boolean {
  return ipaddr.isValidCIDR(text)
}

/** The part of an address that one subscriber holds: an IPv4 address itself, the /64 of an IPv6 address. */
export function subscriberOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()
}
