const followersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `onAbort` when the signal aborts; the returned function takes that back. However many follow one
 * signal, it has one listener: a listener for each request costs a walk over all of them, and Node warns of
 * a leak at ten.
 */
export function followSignal(signal: AbortSignal, onAbort: () => void): () => void {
  const followers = followersOf.get(signal) ?? listen(signal)
  followers.add(onAbort)
  return () => followers.delete(onAbort)
}

function listen(signal: AbortSignal): Set<() => void> {
  const followers = new Set<() => void>()
  followersOf.set(signal, followers)
  signal.addEventListener('abort', () => followers.forEach((follower) => follower()), { once: true })
  return followers
}
