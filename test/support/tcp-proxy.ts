import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePort } from '../../src/db/embedded/port.ts'

/**
 * A way to a server that can be cut: connections break, and new ones are refused. New connections go to what `target` says
 * then.
 */
export interface TcpProxy {
  port: number
  cut(): Promise<void>
  mend(): Promise<void>
  /** The connections there are stay open, and nothing passes through them any more; new ones work. */
  swallow(): void
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let server: Server | null = null

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }

  async function mend(): Promise<void> {
    if (server !== null) return
    server = createServer((inbound) => {
      const outbound = connect(target)
      keep(inbound)
      keep(outbound)
      inbound.pipe(outbound).pipe(inbound)
      inbound.on('close', () => outbound.destroy())
      outbound.on('close', () => inbound.destroy())
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  await mend()
  return {
    port,
    mend,
    swallow() {
      for (const socket of sockets) socket.unpipe().resume()
    },
    async cut() {
      const closing = server
      if (closing === null) return
      server = null
      closing.close()
      for (const socket of sockets) socket.destroy()
      await once(closing, 'close')
    },
  }
}
