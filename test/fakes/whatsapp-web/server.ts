import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { WebSocketServer } from 'ws'
import { readCertificate } from '../certificates/index.ts'
import { answerJson, closeServer, listen } from '../http.ts'
import { type Control, createControl } from './control/control.ts'
import { serveControl } from './control/endpoints.ts'
import { createMediaServer } from './media/server.ts'
import { type WhatsAppWebOptions, whatsAppWebOptions } from './options.ts'
import { rootPublicKey } from './protocol/authority.ts'
import { type Listener, openConnection } from './protocol/connection.ts'
import { admitClient, releaseConnection } from './protocol/login.ts'
import { routeStanza } from './stanzas/route.ts'
import { createWorld, type World } from './world.ts'

/** A fake of WhatsApp's servers for linked devices, with the control of what goes wrong. */
export interface WhatsAppWeb {
  /** The base of the control endpoints. */
  url: string
  port: number
  /** The address for clients: `WHATSAPP_WEB_URL`. */
  socketUrl: string
  /** The public key that signs the server's certificates, in hex: `WHATSAPP_WEB_ROOT_KEY`. */
  rootKey: string
  /** Host and port of the media server, which shows the certificate of `test/fakes/certificates`. */
  mediaHost: string
  control: Control
  /** Ends everything at once: sockets, waiting answers, receipts that were to come. */
  close(): Promise<void>
}

export async function startWhatsAppWeb(options: WhatsAppWebOptions = {}): Promise<WhatsAppWeb> {
  const settings = whatsAppWebOptions.parse(options)
  const world = createWorld(settings)
  const control = createControl(world)
  const serve: RequestListener = (request, response) => {
    if (!request.url?.startsWith('/__control/')) return answerJson(response, 404, { error: 'WebSocket only' })
    serveControl(control, request, response).catch((error: unknown) => {
      if (!request.destroyed) answerJson(response, 500, { error: String(error) })
    })
  }
  const server = settings.tls ? createTlsServer(readCertificate('good'), serve) : createServer(serve)
  const secure = settings.tls ? 's' : ''
  const mediaServer = createMediaServer(world)
  const sockets = new WebSocketServer({ server })
  let count = 0
  const listener = createListener(world)
  sockets.on('connection', (socket) => {
    count += 1
    openConnection(socket, { id: count, authority: world.authority, listener })
  })

  const port = await listen(server, settings)
  const mediaPort = await listen(mediaServer, { host: settings.host, port: settings.mediaPort })
  world.mediaHost = `${settings.host}:${mediaPort}`
  return {
    url: `http${secure}://${settings.host}:${port}`,
    port,
    socketUrl: `ws${secure}://${settings.host}:${port}/ws/chat`,
    rootKey: rootPublicKey,
    mediaHost: world.mediaHost,
    control,
    async close() {
      world.timers.close()
      for (const socket of sockets.clients) socket.terminate()
      await Promise.all([closeServer(server), closeServer(mediaServer)])
    },
  }
}

function createListener(world: World): Listener {
  return {
    onClient: (connection, payload, clientKey) => admitClient(world, connection, { payload, clientKey }),
    onStanza: (connection, stanza) => routeStanza(world, connection, stanza),
    onClose: (connection) => releaseConnection(world, connection),
    onFault: (_connection, fault) =>
      void world.ledger.faults.push(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
  }
}
