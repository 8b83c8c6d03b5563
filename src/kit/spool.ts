import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'

/** The stream held more than it may. */
export class SpoolFullError extends Error {
  constructor() {
    super('the stream is larger than allowed')
    this.name = 'SpoolFullError'
  }
}

/** A stream that was written to the disk, so that its length is known. */
export interface Spooled {
  sizeBytes: number
  /** Reads it from its beginning; may be called again. */
  read(): Readable
  /** Gives the disk space back. */
  close(): Promise<void>
}

/**
 * Writes a stream to a file in `folder` that has no name: whatever ends this process, the system takes it back.
 * Holds one piece in memory at a time. Throws `SpoolFullError` as soon as more than `bytesMax` have come, and
 * whatever the stream does.
 */
export async function spool(
  stream: AsyncIterable<Buffer>,
  { folder, bytesMax }: { folder: string; bytesMax: number },
): Promise<Spooled> {
  const file = await openNameless(folder)
  try {
    const sizeBytes = await write(file, stream, bytesMax)
    return { sizeBytes, read: () => Readable.from(readAll(file, sizeBytes)), close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  const name = path.join(folder, `hermod-${randomUUID()}`)
  const file = await open(name, 'wx+', 0o600)
  await unlink(name)
  return file
}

async function write(file: FileHandle, stream: AsyncIterable<Buffer>, bytesMax: number): Promise<number> {
  let bytes = 0
  for await (const chunk of stream) {
    if (bytes + chunk.length > bytesMax) throw new SpoolFullError()
    await file.write(chunk, 0, chunk.length, bytes)
    bytes += chunk.length
  }
  return bytes
}

const pieceBytes = 64 * 1_024

async function* readAll(file: FileHandle, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < sizeBytes;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes, at)
    if (bytesRead === 0) throw new Error('the spooled file is shorter than it was')
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
