import ipaddr from 'ipaddr.js'

/** True when an address lies in one of the blocks; an IPv4 address in IPv6 clothes counts as IPv4. */
export function isInCidrs(address: string, cidrs: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return cidrs.some((cidr) => {
    const [block, bits] = ipaddr.parseCIDR(cidr)
    return parsed.kind() === block.kind() && parsed.match(block, bits)
  })
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
