/** Headers that are ours, the connection's or the body's; the owner of an endpoint cannot set them. */
const denied: readonly RegExp[] = [
  // Hop by hop: RFC 9110, section 7.6.1, and what proxies made of it.
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/,
  /^(host|expect|date|via|accept-encoding|user-agent)$/,
  /^content-/,
  // The headers that verify where a delivery came from.
  /^(webhook-|x-hermod-|svix-)/,
]

/** Whether the owner of an endpoint may have a header of this name sent with every delivery. */
export function isHeaderAllowed(name: string): boolean {
  const lower = name.toLowerCase()
  return !denied.some((pattern) => pattern.test(lower))
}
