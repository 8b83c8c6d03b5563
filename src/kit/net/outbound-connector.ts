import { isIP, Socket, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector, Pool } from 'undici'
import { discard } from './discard.ts'
import { ForbiddenTargetError, type OutboundGuard } from './outbound-guard.ts'

/** Why there was no whole answer. */
export type OutboundError =
  | 'E_DNS'
  | 'E_CONNECTION'
  | 'E_TIMEOUT'
  | 'E_TLS'
  | 'E_RESPONSE'
  | 'E_INVALID_TARGET'
  | 'E_SSRF_BLOCKED'

/** A connection that was not made, and the kind of reason. */
export class ConnectError extends Error {
  readonly kind: OutboundError
  constructor(kind: OutboundError, cause: unknown) {
    super(`no connection: ${kind}`, { cause })
    this.name = 'ConnectError'
    this.kind = kind
  }
}

/** A proxy through which all connections go. */
export interface OutboundProxy {
  url: string
  /** The proxy looks names up, and has to keep forbidden addresses away itself. */
  resolvesNames: boolean
}

type OnOpen = (address: string | null) => void

/** Opens connections for undici to vetted addresses and to no other. */
export interface OutboundConnector {
  /** `onOpen` gets the address of the far end. Fails with `ConnectError`. */
  connect(options: buildConnector.Options, onOpen: OnOpen, callback: buildConnector.Callback): void
  close(): Promise<void>
}

/**
 * How long one of several addresses may keep the next one waiting. Node gives each 250 ms, and a receiver on the
 * other side of the world answers later than that.
 */
const addressTimeoutMs = 1_000

/** `timeoutMs`: for the connection and its TLS handshake, once the name is resolved. */
export function createOutboundConnector({
  guard,
  timeoutMs,
  proxy,
}: {
  guard: OutboundGuard
  timeoutMs: number
  proxy: OutboundProxy | null
}): OutboundConnector {
  const openers = {
    'http:': openerTo(guard, 'http:', timeoutMs),
    'https:': openerTo(guard, 'https:', timeoutMs),
  }
  const pool =
    proxy === null ? null : new Pool(new URL(proxy.url).origin, { connect: { timeout: timeoutMs } })

  async function reach(options: buildConnector.Options, onOpen: OnOpen): Promise<Socket> {
    const open = options.protocol === 'http:' ? openers['http:'] : openers['https:']
    if (pool === null || proxy === null) {
      // Now, so that a slow DNS is told from a slow receiver; the lookup of the connection finds it in the cache.
      await resolve(guard, options)
      const socket = await open(options)
      onOpen(socket.remoteAddress ?? null)
      return socket
    }
    const address = proxy.resolvesNames ? null : await resolve(guard, options)
    const socket = await tunnel(pool, proxy, { ...options, address, timeoutMs })
    onOpen(address)
    return options.protocol === 'http:' ? socket : open({ ...options, httpSocket: socket })
  }

  return {
    connect(options, onOpen, callback) {
      callbackify(reach)(options, onOpen, (error, socket) => {
        if (error === null) callback(null, socket)
        else callback(asConnectError(error, options.protocol), null)
      })
    },
    close: async () => pool?.destroy(),
  }
}

/** The first of the host's vetted addresses. */
async function resolve(guard: OutboundGuard, options: buildConnector.Options): Promise<string | null> {
  try {
    const [first] = await guard.addressesOf(options.protocol, options.hostname)
    return first?.address ?? null
  } catch (error) {
    throw error instanceof ForbiddenTargetError ? error : new ConnectError('E_DNS', error)
  }
}

type Opener = (options: buildConnector.Options) => Promise<Socket>

/** Opens connections whose questions to the DNS go through the guard, and which connect to the very addresses that were vetted. */
function openerTo(guard: OutboundGuard, protocol: string, timeoutMs: number): Opener {
  const addressesOf = callbackify(guard.addressesOf)
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    addressesOf(protocol, hostname, (error, addresses) => {
      if (error !== null) return callback(error, '')
      const [first] = addresses
      if (all === true || first === undefined) return callback(null, [...addresses])
      return callback(null, first.address, first.family)
    })
  }
  const open = buildConnector({
    lookup,
    timeout: timeoutMs,
    maxCachedSessions: 1_000,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressTimeoutMs,
  })
  return (options) =>
    new Promise((resolve, reject) => {
      open(options, (error, socket) => (error === null ? resolve(socket) : reject(error)))
    })
}

/** Asks the proxy for a way to the target: to its vetted address, or to its name where the proxy looks names up. */
async function tunnel(
  pool: Pool,
  proxy: OutboundProxy,
  target: buildConnector.Options & { address: string | null; timeoutMs: number },
): Promise<Socket> {
  const { username, password } = new URL(proxy.url)
  const authority = `${hostOf(target.address ?? target.hostname)}:${portOf(target)}`
  const { statusCode, socket } = await pool.connect({
    path: authority,
    headers: {
      host: authority,
      ...(username !== '' && { 'proxy-authorization': `Basic ${credentials(username, password)}` }),
    },
    signal: AbortSignal.timeout(target.timeoutMs),
  })
  if (statusCode === 200 && socket instanceof Socket) return socket
  discard(socket)
  throw new Error(`the proxy answered ${statusCode}`)
}

function hostOf(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

function portOf({ port, protocol }: buildConnector.Options): string {
  if (port !== '') return port
  return protocol === 'http:' ? '80' : '443'
}

function credentials(username: string, password: string): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
}

/** Codes of sockets and of undici's connecting, by what they mean. Every other one of https comes of TLS. */
const networkCodes = /^(E(CONN|HOST|NET|PIPE|PERM|ACCES|ADDR|INVAL|AGAIN|MFILE|NFILE)|UND_ERR)/

function asConnectError(error: unknown, protocol: string): ConnectError {
  if (error instanceof ConnectError) return error
  if (error instanceof ForbiddenTargetError) return new ConnectError(error.code, error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isTimeout = error instanceof Error && error.name === 'TimeoutError'
  if (isTimeout || /TIMEOUT|ETIMEDOUT/.test(code)) return new ConnectError('E_TIMEOUT', error)
  const isTls = protocol === 'https:' && code !== '' && !networkCodes.test(code)
  return new ConnectError(isTls ? 'E_TLS' : 'E_CONNECTION', error)
}
