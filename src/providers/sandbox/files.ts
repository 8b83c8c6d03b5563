import { Readable } from 'node:stream'
import { crc32, deflateSync } from 'node:zlib'
import { mediaKinds, type MediaKind } from '../../domain/messages/content.ts'
import { sha256 } from '../../kit/crypto/hash.ts'
import type { MediaDownload } from '../contract.ts'

/** A small real file that customers of the sandbox send. */
interface SandboxFile {
  mimeType: string
  /** Only documents have a name. */
  filename: string | null
  bytes: Buffer
}

const files: Record<MediaKind, SandboxFile> = {
  image: { mimeType: 'image/png', filename: null, bytes: png(64, [37, 211, 102]) },
  sticker: {
    mimeType: 'image/webp',
    filename: null,
    bytes: Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64'),
  },
  audio: { mimeType: 'audio/mpeg', filename: null, bytes: silence(40) },
  video: { mimeType: 'video/mp4', filename: null, bytes: emptyMp4() },
  document: { mimeType: 'application/pdf', filename: 'sandbox.pdf', bytes: pdf('A document of the sandbox') },
}

/** The facts that a callback has of the file of this kind, for the message with this id. */
export function fileFacts(kind: MediaKind, messageId: string): Record<string, string> {
  const { mimeType, filename, bytes } = files[kind]
  return {
    id: `sandbox-${kind}-${messageId}`,
    mime_type: mimeType,
    sha256: sha256(bytes).toString('base64'),
    ...(filename !== null && { filename }),
  }
}

/** The file behind an id that `fileFacts` gave. The sandbox keeps nothing else: `discarded`. */
export async function openFile(mediaId: string): Promise<MediaDownload | { ok: false; code: 'discarded' }> {
  const kind = mediaKinds.find((one) => mediaId.startsWith(`sandbox-${one}-`))
  if (kind === undefined) return { ok: false, code: 'discarded' }
  const { mimeType, bytes } = files[kind]
  return { ok: true, mimeType, sizeBytes: bytes.length, stream: Readable.from([bytes]) }
}

/** A square of one colour. */
function png(size: number, colour: readonly [number, number, number]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Eight bits a channel, red, green and blue.
  header.set([8, 2, 0, 0, 0], 8)
  const row = Buffer.from([0, ...Array.from({ length: size }, () => colour).flat()])
  const pixels = Buffer.concat(Array.from({ length: size }, () => row))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(pixels)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))])
}

/** Frames of MPEG-1 Layer III, 32 kbit/s, 44.1 kHz, mono, each 26 ms long, with nothing in them. */
function silence(frames: number): Buffer {
  const frame = Buffer.alloc(104)
  frame.set([0xff, 0xfb, 0x10, 0xc4])
  return Buffer.concat(Array.from({ length: frames }, () => frame))
}

/** An MP4 without a track. */
function emptyMp4(): Buffer {
  const movie = Buffer.alloc(96)
  // Thousandths of a second, normal speed and volume, the matrix that changes nothing, the next track's number.
  movie.writeUInt32BE(1_000, 8)
  movie.writeUInt32BE(0x0001_0000, 16)
  movie.writeUInt16BE(0x0100, 20)
  movie.writeUInt32BE(0x0001_0000, 32)
  movie.writeUInt32BE(0x0001_0000, 48)
  movie.writeUInt32BE(0x4000_0000, 64)
  movie.writeUInt32BE(1, 92)
  const brands = Buffer.concat([Buffer.from('isom'), uint32(512), Buffer.from('isommp42')])
  return Buffer.concat([
    mp4Box('ftyp', brands),
    mp4Box('moov', mp4Box('mvhd', Buffer.concat([uint32(0), movie]))),
  ])
}

function mp4Box(type: string, content: Buffer): Buffer {
  return Buffer.concat([uint32(8 + content.length), Buffer.from(type, 'latin1'), content])
}

/** A page with one line. */
function pdf(line: string): Buffer {
  const stream = `BT /F1 18 Tf 36 100 Td (${line}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 320 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, index) => {
    const place = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text + table + trailer, 'latin1')
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
