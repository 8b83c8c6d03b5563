import { createServer } from 'node:http'
import { answerJson, closeServer, listen } from '../http.ts'
import { type Control, createControl } from './control.ts'
import { serveControl } from './control-endpoints.ts'
import { type GraphApiOptions, graphApiOptions } from './options.ts'
import { serveGraph } from './routes.ts'
import { createState } from './state.ts'

/** A stand-in for Meta's Graph API, with the control of what goes wrong. */
export interface GraphApi {
  /** Without a path: the gateway's Graph base URL. */
  url: string
  port: number
  control: Control
  /** Ends everything at once: hanging requests, waiting callbacks, connections. */
  close(): Promise<void>
}

/**
 * Starts a stand-in for Meta's WhatsApp Cloud API: sends, credentials, media, templates and signed callbacks.
 * `now` is its clock in Unix milliseconds, for tests of limits and expiry.
 */
export async function startGraphApi(
  options: GraphApiOptions = {},
  { now = Date.now }: { now?: () => number } = {},
): Promise<GraphApi> {
  const settings = graphApiOptions.parse(options)
  const state = createState(settings, now)
  const control = createControl(state)
  const server = createServer((request, response) => {
    const serving = request.url?.startsWith('/__control/')
      ? serveControl(control, request, response)
      : serveGraph(state, request, response)
    // A client that goes away mid-request is its own business.
    serving.catch((error: unknown) => {
      if (!request.destroyed) answerJson(response, 500, { error: String(error) })
    })
  })
  // Meta's edge holds idle connections far longer than Node's five seconds.
  server.keepAliveTimeout = 60_000
  const port = await listen(server, settings)
  state.url = `http://${settings.host}:${port}`
  return {
    url: state.url,
    port,
    control,
    close() {
      state.timers.close()
      state.callbacks.close()
      return closeServer(server)
    },
  }
}
