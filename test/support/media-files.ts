import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { findFfmpeg } from '../../src/kit/ffmpeg/find.ts'
import { closeServer, listen } from '../fakes/http.ts'
import { acceptMessage } from '../../src/services/messages/accept.ts'
import { authenticate } from '../../src/services/accounts/api-keys.ts'
import { checkedMedia, type MediaWish } from '../../src/services/media/check.ts'
import type { TestService } from './service.ts'

const run = promisify(execFile)

/** Real files, made by ffmpeg, and a server that has them. */
export interface MediaFiles {
  base: string
  /** Requests so far, by path. */
  asked: Map<string, number>
  /** Serves bytes under a path. */
  put(route: string, bytes: Buffer, headers?: Record<string, string>): string
  /** Lets a route answer in its own way. */
  on(route: string, answer: (request: IncomingMessage, response: ServerResponse) => void): string
  /** Makes a file by ffmpeg's arguments. `input`: raw bytes that the arguments call `INPUT`. */
  make(name: string, args: string, input?: Buffer): Promise<Buffer>
  /** ffmpeg's words about bytes. */
  probe(bytes: Buffer): Promise<string>
  close(): Promise<void>
}

const picture = '-f lavfi -i testsrc=s=64x48:d=0.6:r=5'
const tone = '-f lavfi -i sine=d=1'
const h264 = '-c:v libx264 -pix_fmt yuv420p -c:a aac'

/** A small file of each type that is taken: its media type, and how ffmpeg makes it. */
export const sampleFiles = {
  'photo.jpg': ['image/jpeg', `${picture} -frames:v 1`],
  'photo.png': ['image/png', `${picture} -frames:v 1`],
  'photo.webp': ['image/webp', `${picture} -frames:v 1 -c:v libwebp`],
  'moving.gif': ['image/gif', picture],
  'clip.mp4': ['video/mp4', `${picture} ${tone} ${h264}`],
  'clip.3gp': ['video/3gpp', `${picture} ${tone} ${h264}`],
  'clip.mov': ['video/quicktime', `${picture} ${tone} ${h264}`],
  'clip.webm': ['video/webm', `${picture} ${tone} -c:v libvpx -c:a libopus`],
  'tone.mp3': ['audio/mpeg', `${tone} -c:a libmp3lame`],
  'stereo.ogg': ['audio/ogg', `${tone} -ac 2 -c:a libopus`],
  'mono.ogg': ['audio/ogg', `${tone} -ac 1 -c:a libopus`],
  'vorbis.ogg': ['audio/ogg', `${tone} -ac 2 -c:a libvorbis`],
  'mono.opus': ['audio/opus', `${tone} -ac 1 -c:a libopus`],
  'tone.aac': ['audio/aac', `${tone} -c:a aac`],
  'tone.wav': ['audio/wav', tone],
} as const satisfies Record<string, readonly [string, string]>

export async function startMediaFiles(): Promise<MediaFiles> {
  const found = await findFfmpeg(null)
  if (found === null) throw new Error('ffmpeg is not here, not even from the optional packages')
  const ffmpeg = found
  const folder = await mkdtemp(path.join(tmpdir(), 'hermod-files-'))
  const routes = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const route = request.url ?? ''
    asked.set(route, (asked.get(route) ?? 0) + 1)
    const answer = routes.get(route)
    if (answer !== undefined) return answer(request, response)
    response.writeHead(404).end()
  })
  const base = `http://127.0.0.1:${await listen(server, { host: '127.0.0.1', port: 0 })}`
  const files: MediaFiles = {
    base,
    asked,
    on(route, answer) {
      routes.set(route, answer)
      return `${base}${route}`
    },
    put: (route, bytes, headers = {}) =>
      files.on(route, (request, response) => {
        const [, end] = /^bytes=0-(\d+)$/.exec(request.headers.range ?? '') ?? []
        if (end === undefined)
          return response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes)
        const part = bytes.subarray(0, Number(end) + 1)
        const range = `bytes 0-${part.length - 1}/${bytes.length}`
        response
          .writeHead(206, { 'content-length': part.length, 'content-range': range, ...headers })
          .end(part)
      }),
    async make(name, args, input = Buffer.alloc(0)) {
      const source = path.join(folder, 'input')
      const target = path.join(folder, name)
      await writeFile(source, input)
      const words = args.split(' ').map((word) => (word === 'INPUT' ? source : word))
      await run(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...words, target])
      return readFile(target)
    },
    async probe(bytes) {
      const file = path.join(folder, `probe-${randomBytes(4).toString('hex')}`)
      await writeFile(file, bytes)
      const { stderr } = await run(ffmpeg, ['-nostdin', '-hide_banner', '-i', file, '-f', 'null', '-'])
      return stderr
    },
    async close() {
      await closeServer(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
  for (const [name, [type, args]] of Object.entries(sampleFiles)) {
    files.put(`/${name}`, await files.make(name, args), { 'content-type': type, etag: `"${name}"` })
  }
  return files
}

/** Sends a file as an API does that takes more types than the sender; resolves with the message's id. */
export async function sendFile(
  { service: { ctx } }: TestService,
  key: string,
  { to, sendAt = null, ...wish }: { to: string; sendAt?: Date | null } & Omit<MediaWish, 'session'>,
): Promise<string> {
  const caller = await authenticate(ctx, { secret: key, verifyAtWrite: true })
  const content = await checkedMedia(ctx, caller, { session: null, ...wish })
  const { accepted } = await acceptMessage(ctx, caller, { ...plain, to, sendAt, content }, null)
  return accepted.id
}

const plain = {
  session: null,
  ttlSeconds: null,
  priority: 'normal',
  metadata: null,
  dryRun: false,
  replyTo: null,
} as const
