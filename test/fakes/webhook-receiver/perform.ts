import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { z } from 'zod'
import type { Timers } from '../timers.ts'
import type { reply } from './reply.ts'

interface Stage {
  wanted: z.infer<typeof reply>
  request: IncomingMessage
  response: ServerResponse
}

/** Does to a request what its reply says. */
export function perform(timers: Timers, stage: Stage): void {
  timers.after(stage.wanted.delayMs, () => acts[stage.wanted.kind](stage, timers))
}

/** Between the bytes of a drip, well under any limit on silence. */
const dripMs = 20

const acts: Record<Stage['wanted']['kind'], (stage: Stage, timers: Timers) => void> = {
  answer: ({ wanted, response }) => void response.writeHead(wanted.status, wanted.headers).end(wanted.body),
  hang: () => undefined,
  close: ({ request }) => void request.socket.end(),
  reset: ({ request }) => void request.socket.resetAndDestroy(),
  garbage: ({ request }) => void request.socket.end('SSH-2.0-OpenSSH_9.9\r\n\0\xff nothing to see\r\n'),
  flood({ request: { socket } }) {
    socket.write('HTTP/1.1 200 OK\r\n')
    pour(socket, () => `x-flood: ${'f'.repeat(1_000)}\r\n`)
  },
  strange({ request: { socket } }) {
    // Past the server, which would not take the connection for free again.
    const head = 'HTTP/1.1 200 OK\r\nx-strange: caf\xe9 \xff\xfe\r\nconnection: close\r\ncontent-length: 4'
    socket.end(Buffer.from(`${head}\r\n\r\n\xff\xfeok`, 'latin1'))
  },
  drip({ response }, timers) {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const drop = (): void => {
      if (response.destroyed) return
      response.write('.')
      timers.after(dripMs, drop)
    }
    drop()
  },
  endless({ response }) {
    response.writeHead(200, { 'content-type': 'text/plain' })
    pour(response, () => 'more '.repeat(2_000))
  },
  broken({ request, response }) {
    response.writeHead(200, { 'content-length': 1_000 })
    response.write('half'.repeat(125), () => request.socket.resetAndDestroy())
  },
  bomb({ response }) {
    bomb ??= gzipSync(Buffer.alloc(40_000_000))
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb)
  },
}

let bomb: Buffer | undefined

/** Writes as fast as it is taken, until nobody takes it. */
function pour(sink: Socket | ServerResponse, next: () => string): void {
  sink.on('error', () => undefined)
  const more = (): void => {
    while (!sink.destroyed && sink.write(next()));
  }
  sink.on('drain', more)
  more()
}
