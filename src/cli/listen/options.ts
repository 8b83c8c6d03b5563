import { parseArgs } from 'node:util'
import { StartError } from '../../kit/start-error.ts'
import { withoutTrailingSlashes } from '../../kit/net/trailing-slashes.ts'

const help = `
  npm run listen -- [options]

  Shows the webhooks that come to this machine, and hands them on to your app. For development.

  --forward <url>     Hand each event on to this URL, its bytes and headers as they came, and answer what your app
                      answers (502 when it cannot be reached). Without it: 204.
  --key <api key>     Add the listener to an account's webhook endpoints, and remove it at the end. No other endpoint
                      of the account is touched. The key needs the scope "manage".
  --url <url>         The Hermod of that key; http://127.0.0.1:3000 when absent.
  --secret <whsec_…>  Verify signatures; refuse what is not signed with it (401). With --key: sign with this one,
                      so that your app can keep it; when absent a new one is made and shown.
  --port <number>     Listen on this port; a free one when absent.
  --host <address>    Listen on this address; 127.0.0.1 when absent.
  --public-url <url>  Where Hermod reaches the listener, when that is not its address here: from a container, say.
  --json              Each event as a line of JSON, with its headers, in place of a readable one.

  Hermod calls addresses of this machine only where its operator allows it: OUTBOUND_ALLOW_CIDRS=127.0.0.0/8.
  The Hermod of npm run quickstart does.
`

/** The options of `npm run listen`. */
export interface Options {
  forward: URL | null
  key: string | null
  url: string
  secret: string | null
  port: number
  host: string
  publicUrl: string | null
  json: boolean
}

/** Reads the options of the command line; prints the help and ends when it is asked for. Throws `StartError`. */
export function readOptions(): Options {
  const { values } = parse()
  if (values.help === true) {
    process.stdout.write(`${help}\n`)
    process.exit(0)
  }
  const forward = values.forward === undefined ? null : httpUrl('--forward', values.forward)
  const port = Number(values.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new StartError('--port must be 0 to 65535.')
  if (values.secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(values.secret)) {
    throw new StartError('--secret must be whsec_ and 24 to 64 bytes in base64, as the API showed it.')
  }
  const { href } = httpUrl('--url', values.url ?? 'http://127.0.0.1:3000')
  return {
    forward,
    key: values.key ?? null,
    url: withoutTrailingSlashes(href),
    secret: values.secret ?? null,
    port,
    host: values.host ?? '127.0.0.1',
    publicUrl: values['public-url'] === undefined ? null : httpUrl('--public-url', values['public-url']).href,
    json: values.json ?? false,
  }
}

function parse() {
  try {
    const text = { type: 'string' } as const
    const yes = { type: 'boolean' } as const
    return parseArgs({
      options: {
        forward: text,
        key: text,
        url: text,
        secret: text,
        port: text,
        host: text,
        'public-url': text,
        json: yes,
        help: yes,
      },
    })
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n${help}`)
  }
}

function httpUrl(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new StartError(`${flag} must be a URL such as http://localhost:4000`)
}
