import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { closeServer, listen } from '../fakes/http.ts'

/** An HTTP proxy on loopback that is asked with CONNECT and with credentials. */
export interface ConnectProxy {
  url: string
  /** What it was asked to connect to, and with which credentials. */
  asked: { target: string | undefined; credentials: string | undefined }[]
}

/** The credentials in the proxy's URL, as a client shows them. */
export const proxyCredentials = `Basic ${Buffer.from('user:p@ss').toString('base64')}`

/**
 * A proxy that leads every tunnel to `port` on loopback, whatever was asked; with `refuse` it answers 403. It ends with
 * the test.
 */
export async function startConnectProxy({
  port: farPort,
  refuse = false,
}: {
  port: number
  refuse?: boolean
}): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'] = []
  const tunnels = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push({ target: request.url, credentials: request.headers['proxy-authorization'] })
    if (refuse) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const far = connect(farPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.pipe(socket).pipe(far)
    })
    for (const one of [far, socket]) tunnels.add(one.on('error', () => undefined))
  })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    for (const socket of tunnels) socket.destroy()
    return closeServer(server)
  })
  return { url: `http://user:p%40ss@127.0.0.1:${port}`, asked }
}
