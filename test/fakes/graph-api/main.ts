import { announce, optionsFrom } from '../cli.ts'
import { graphApiOptions } from './options.ts'
import { startGraphApi } from './server.ts'

/**
 * The stand-in as a process: `npx tsx test/fakes/graph-api/main.ts --port 4000 --callbacks.url http://...`
 * (or `node --import tsx` in place of `npx tsx` where a program starts it: npx passes no signals on).
 * Prints `{"url","port"}` when it listens. Options: options.ts, or JSON in GRAPH_API_OPTIONS.
 */
const options = graphApiOptions.parse(optionsFrom(process.argv.slice(2), process.env['GRAPH_API_OPTIONS']))
const { url, port, close } = await startGraphApi(options)
announce({ url, port }, close)
