import { NOISE_WA_HEADER } from '@whiskeysockets/baileys'

/**
 * The framing of a WhatsApp Web socket. The client's first bytes are `WA` and two version bytes, before which
 * may stand `ED` with routing information; then both sides send frames of a length in three bytes, big-endian,
 * and that many bytes.
 */

const routingMark = 'ED'
const routingHeaderBytes = 7
const lengthBytes = 3

/** Cuts a stream of chunks into frames. */
export interface FrameReader {
  /** Returns the frames that are complete after this chunk. Throws when the stream does not start as WhatsApp's. */
  read(chunk: Buffer): Buffer[]
}

export function createFrameReader(): FrameReader {
  let buffered: Buffer = Buffer.alloc(0)
  let started = false

  return {
    read(chunk) {
      buffered = Buffer.concat([buffered, chunk])
      if (!started) {
        const rest = withoutIntro(buffered)
        if (rest === null) return []
        started = true
        buffered = rest
      }
      const frames: Buffer[] = []
      while (buffered.length >= lengthBytes) {
        const end = lengthBytes + buffered.readUIntBE(0, lengthBytes)
        if (buffered.length < end) break
        frames.push(buffered.subarray(lengthBytes, end))
        buffered = buffered.subarray(end)
      }
      return frames
    },
  }
}

/** Puts the length before the bytes of a frame. */
export function toFrame(bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(lengthBytes + bytes.length)
  frame.writeUIntBE(bytes.length, 0, lengthBytes)
  frame.set(bytes, lengthBytes)
  return frame
}

/** The bytes after the intro; null when the intro is not complete yet. */
function withoutIntro(bytes: Buffer): Buffer | null {
  let start = 0
  if (bytes.subarray(0, routingMark.length).toString() === routingMark) {
    if (bytes.length < routingHeaderBytes) return null
    start = routingHeaderBytes + bytes.readUIntBE(4, 3)
  }
  const end = start + NOISE_WA_HEADER.length
  if (bytes.length < end) return null
  if (!NOISE_WA_HEADER.equals(bytes.subarray(start, end))) throw new Error('not a WhatsApp Web client')
  return bytes.subarray(end)
}
