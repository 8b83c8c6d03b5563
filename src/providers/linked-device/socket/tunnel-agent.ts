import { request as requestPlainly } from 'node:http'
import { Agent, request as requestOverTls } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { callbackify } from 'node:util'
import { discard } from '../../../kit/net/discard.ts'

/** A proxy of a device's owner, and the address at which it may be reached. */
export interface Proxy {
  url: string
  address: string
}

interface Target {
  host?: string
  port?: number | string
  servername?: string
  secureEndpoint?: boolean
}

/**
 * An agent whose connections go through an HTTP proxy (CONNECT), with TLS to the far end inside, which is verified as
 * ever. Node has none, and the library takes no other thing for its WebSocket. `address` is the proxy's, vetted: its
 * name is not looked up again.
 */
export function tunnelAgent({ url, address }: Proxy): Agent {
  const agent = new Agent({ keepAlive: false })
  const proxy = new URL(url)
  const createConnection = callbackify((target: Target) => openTunnel(proxy, address, target))
  Reflect.set(agent, 'createConnection', (target: Target, done: Parameters<typeof createConnection>[1]) => {
    createConnection(target, done)
  })
  return agent
}

const tunnelTimeoutMs = 15_000

function openTunnel(
  proxy: URL,
  address: string,
  { host = '', port = 443, servername }: Target,
): Promise<Duplex> {
  const authority = `${host}:${port}`
  return new Promise((resolve, reject) => {
    const isTls = proxy.protocol === 'https:'
    const asking = (isTls ? requestOverTls : requestPlainly)({
      host: address,
      servername: proxy.hostname,
      port: proxy.port === '' ? (isTls ? 443 : 80) : proxy.port,
      method: 'CONNECT',
      path: authority,
      timeout: tunnelTimeoutMs,
      headers: {
        host: authority,
        ...(proxy.username !== '' && { 'proxy-authorization': `Basic ${credentialsOf(proxy)}` }),
      },
    })
    asking.once('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        discard(socket)
        return reject(new Error(`the proxy answered ${statusCode ?? 'nothing'}`))
      }
      resolve(connectTls({ socket, servername: servername ?? host }))
    })
    asking.once('timeout', () => asking.destroy(new Error('the proxy did not answer in time')))
    asking.once('error', reject)
    asking.end()
  })
}

function credentialsOf({ username, password }: URL): string {
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
}
