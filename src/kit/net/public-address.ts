import ipaddr from 'ipaddr.js'

/** Where IPv6 addresses of the public internet come from. Source: IANA, IPv6 Global Unicast Address Assignments. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** RFC 6052: an IPv4 address in its last 32 bits, which a NAT64 gateway speaks to. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/**
 * True for an address of the public internet: IPv4 unicast; IPv6 unicast within 2000::/3, which leaves out what
 * stands for an IPv4 address in other clothes (mapped, compatible, 6to4, Teredo, ISATAP). NAT64's 64:ff9b::/96 is
 * what a resolver with DNS64 answers for hosts that have IPv4 only: there the IPv4 address inside decides.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast'
  if (parsed.match(nat64)) return isPublicAddress(parsed.toByteArray().slice(-4).join('.'))
  return parsed.match(globalUnicast) && parsed.range() === 'unicast' && !isIsatap(parsed)
}

/** RFC 5214, section 6.1: the interface id 0000:5efe or 0200:5efe under any prefix carries an IPv4 address. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe
}
