import { request } from 'node:http'
import { Agent } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { callbackify } from 'node:util'

interface Target {
  host?: string
  port?: number | string
  servername?: string
  secureEndpoint?: boolean
}

/**
 * An agent whose connections go through an HTTP proxy (CONNECT), with TLS to the far end inside, which is verified as
 * ever. Node has none, and the library takes no other thing for its WebSocket.
 */
export function tunnelAgent(proxyUrl: string): Agent {
  const agent = new Agent({ keepAlive: false })
  const proxy = new URL(proxyUrl)
  const createConnection = callbackify((target: Target) => openTunnel(proxy, target))
  Reflect.set(agent, 'createConnection', (target: Target, done: Parameters<typeof createConnection>[1]) => {
    createConnection(target, done)
  })
  return agent
}

const tunnelTimeoutMs = 15_000

function openTunnel(proxy: URL, { host = '', port = 443, servername }: Target): Promise<Duplex> {
  const authority = `${host}:${port}`
  return new Promise((resolve, reject) => {
    const asking = request({
      host: proxy.hostname,
      port: proxy.port === '' ? 80 : proxy.port,
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
        socket.destroy()
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
