import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { readCertificate } from '../../certificates/index.ts'
import { answerJson, readBody } from '../../http.ts'
import { isAccepting, type Outcome } from '../control/rules.ts'
import type { World } from '../world.ts'
import { sha256 } from './cipher.ts'

/**
 * The media hosts of WhatsApp: `POST /mms/{kind}/{hash}?auth&token` stores an encrypted file, and a GET of the
 * path that the answer names returns it. Always https: the library speaks nothing else to them.
 */
export function createMediaServer(world: World): Server {
  return createServer(readCertificate('good'), (request, response) => {
    // A client that goes away in the middle of a request needs no answer.
    serve(world, request, response).catch(() => response.destroy())
  })
}

const accept: Outcome = { kind: 'accept' }

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = await readBody(request)
  const { pathname } = new URL(request.url ?? '/', 'https://media')
  const isUpload = request.method === 'POST'
  const rule = world.rules.apply({ on: isUpload ? 'upload' : 'download', id: pathname })
  const outcome = rule?.outcome ?? accept
  const answer = isUpload
    ? () => upload(world, pathname, bytes, response)
    : () => download(world, pathname, response)
  if (isUpload && isAccepting(outcome) && outcome.kind !== 'accept') upload(world, pathname, bytes, null)
  world.timers.after(rule?.delayMs ?? 0, () => {
    switch (outcome.kind) {
      case 'accept':
        return answer()
      case 'error':
        return answerJson(response, outcome.code, { error: { code: outcome.code } })
      case 'drop':
      case 'stream-error':
        request.socket.destroy()
        return
      case 'silence':
        return
    }
  })
}

function upload(world: World, path: string, bytes: Buffer, response: ServerResponse | null): void {
  const [, , , hash = ''] = path.split('/')
  if (path.startsWith('/mms/') && sha256(bytes).toString('base64url') !== hash.replace(/=+$/, '')) {
    if (response) answerJson(response, 400, { error: { message: 'the hash is not that of the file' } })
    return
  }
  const directPath = `/v/t62/${randomUUID()}`
  world.media.put(directPath, bytes)
  const url = `https://${world.mediaHost}${directPath}`
  if (response) answerJson(response, 200, { url, direct_path: directPath })
}

function download(world: World, path: string, response: ServerResponse): void {
  const bytes = world.media.get(path)
  if (!bytes) return void response.writeHead(410).end()
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
  response.end(bytes)
}
