import { fileTypeFromBuffer } from 'file-type'
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { perContext, type Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'
import { usualType, type FoundFile } from '../../domain/media/treatment.ts'
import { createQuota } from '../../kit/concurrency/quota.ts'
import { declaredTypeOf, openBeginning } from './fetch.ts'

/** A file that was looked at, or why it could not be: a sentence that goes on from the field's name. */
export type Inspection = { ok: true; file: FoundFile } | { ok: false; says: string }

/** So many are looked at at the same time. */
const inspectionSlots = perContext(() => createQuota({ max: 64, perOwner: 16 }))

/** Enough for every type, and for the header of an OGG file. */
export const beginningBytes = 16_384
const inspectionMsMax = 10_000

/**
 * Reads the first bytes of the file behind a URL, past the guard, and says what they are. Throws `unavailable` when too
 * many files are being looked at.
 */
export async function inspectFile(ctx: Context, accountId: string, url: string): Promise<Inspection> {
  const release = inspectionSlots(ctx).acquire(accountId)
  if (release === null) {
    throw new AppError('unavailable', 'Too many files are being looked at. Try again shortly.', {
      retryAfterSeconds: 2,
    })
  }
  try {
    return await look(ctx, url)
  } finally {
    release()
  }
}

async function look(ctx: Context, url: string): Promise<Inspection> {
  const signal = AbortSignal.any([ctx.outOfTime, AbortSignal.timeout(inspectionMsMax)])
  const found = await openBeginning(ctx, { url, bytes: beginningBytes, signal })
  if (found.state === 'failed')
    return { ok: false, says: failures[found.error] ?? `${unfetched} (${found.error})` }
  const { status, headers, stream } = found
  if (status !== 200 && status !== 206) {
    stream.on('error', () => undefined).destroy()
    return { ok: false, says: `${unfetched}: its server answered ${status}` }
  }
  const bytes = await beginningOf(stream)
  if (bytes === null) return { ok: false, says: `${unfetched}: its server stopped answering` }
  if (bytes.length === 0) return { ok: false, says: 'leads to an empty file' }
  return { ok: true, file: await fileOf(bytes, headers, status) }
}

const unfetched = 'leads to a file that could not be fetched'
const failures: Partial<Record<string, string>> = {
  E_SSRF_BLOCKED: 'leads to an address that is not a public one, by itself or by a redirect',
  E_INVALID_TARGET: 'must be a public https:// URL, and so must be where it redirects to',
  E_TIMEOUT: `${unfetched}: its server did not answer in time`,
}

/** Null: the connection broke off before anything came. */
async function beginningOf(stream: Readable): Promise<Buffer | null> {
  // A body that is given up emits an error, which would end the process.
  stream.on('error', () => undefined)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= beginningBytes) break
    }
  } catch {
    if (bytes === 0) return null
  } finally {
    stream.destroy()
  }
  return Buffer.concat(chunks).subarray(0, beginningBytes)
}

async function fileOf(bytes: Buffer, headers: IncomingHttpHeaders, status: number): Promise<FoundFile> {
  const declared = declaredTypeOf(headers['content-type'])
  const declaredType = declared === null ? null : usualType(declared)
  const sniffed = await sniffedType(bytes)
  return {
    mimeType: sniffed ?? declaredType ?? 'unknown',
    isSniffed: sniffed !== null,
    declaredType,
    sizeBytes: sizeOf(headers, status),
    opusChannels: opusChannelsOf(bytes),
    version: headers.etag ?? headers['last-modified'] ?? null,
  }
}

/** The type of a file by its first bytes; null when they do not tell. */
export async function sniffedType(bytes: Buffer): Promise<string | null> {
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  return found === undefined ? null : usualType(found.mime)
}

/** Of a part, what stands behind the slash: `bytes 0-16383/52410`. */
function sizeOf(headers: IncomingHttpHeaders, status: number): number | null {
  const text = status === 206 ? headers['content-range']?.split('/')[1] : headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** RFC 7845, section 5.1: the count of channels is the second byte after the magic signature of the header. */
function opusChannelsOf(bytes: Buffer): number | null {
  if (bytes.toString('latin1', 0, 4) !== 'OggS') return null
  const at = bytes.subarray(0, 512).indexOf('OpusHead')
  return at === -1 ? null : (bytes[at + 9] ?? null)
}
