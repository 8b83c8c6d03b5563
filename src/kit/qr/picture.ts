import { crc32, deflateSync } from 'node:zlib'
import { encodeQR } from 'qr'

export const qrFormats = ['png', 'svg', 'text'] as const
export type QrFormat = (typeof qrFormats)[number]

const types = { png: 'image/png', svg: 'image/svg+xml', text: 'text/plain; charset=utf-8' } as const

/** The format that an Accept header asks for; a picture unless it wants something else. */
export function formatOf(accept: string | undefined): QrFormat {
  const wanted = accept ?? ''
  if (wanted.includes('image/png')) return 'png'
  if (wanted.includes('image/svg')) return 'svg'
  return wanted.includes('text/plain') ? 'text' : 'png'
}

/** A code as a picture of it, or as its text. A pairing code is a QR code of its eight characters, for what it is worth. */
export function pictureOf(
  { shown }: { shown: string },
  format: QrFormat,
): { type: string; body: string | Buffer } {
  const type = types[format]
  if (format === 'text') return { type, body: shown }
  if (format === 'svg') return { type, body: encodeQR(shown, 'svg', { border: 4 }) }
  return { type, body: pngOf(encodeQR(shown, 'raw', { border: 4 })) }
}

/** Pixels a module. */
const scale = 6

/** A matrix of black and white as a PNG of one bit a pixel (ISO/IEC 15948). */
function pngOf(modules: readonly (readonly boolean[])[]): Buffer {
  const side = modules.length * scale
  const rows = modules.flatMap((row) => {
    // Each row begins with the number of its filter: none.
    const line = Buffer.alloc(1 + Math.ceil(side / 8))
    for (let x = 0; x < side; x += 1) {
      if (row[Math.floor(x / scale)] === true) continue
      const at = 1 + (x >> 3)
      line.writeUInt8(line.readUInt8(at) | (0x80 >> (x & 7)), at)
    }
    return Array.from({ length: scale }, () => line)
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  // One bit of grey a pixel.
  header.writeUInt8(1, 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
