import type { z } from 'zod'
import { writtenMediaType } from '../../../../kit/net/media-type.ts'
import type { DownloadedMedia } from '../../../../services/media/download.ts'
import type { UploadedMedia } from '../../../../services/media/upload.ts'
import type { exampleAnswer, uploadAnswer } from './schema.ts'

export function presentUpload(uploaded: UploadedMedia): z.input<typeof uploadAnswer> {
  return {
    success: true,
    data: {
      id: uploaded.mediaId,
      kind: uploaded.kind,
      mimeType: uploaded.mimeType,
      size: uploaded.sizeBytes,
      expiresAt: uploaded.expiresAt.toISOString(),
    },
  }
}

/** A sample for the header of a template. */
export function presentExample({
  mediaId,
  kind,
  mimeType,
  sizeBytes,
}: UploadedMedia): z.input<typeof exampleAnswer> {
  return { success: true, data: { handle: mediaId, kind, mimeType, size: sizeBytes } }
}

/**
 * The headers of a file from a stranger: to be saved, not shown or run, whatever it says that it is.
 */
export function fileHeaders({ mimeType, sizeBytes, filename }: DownloadedMedia): Record<string, string> {
  const written = mimeType === null ? null : writtenMediaType(mimeType)
  return {
    'content-type': written ?? 'application/octet-stream',
    ...(sizeBytes !== null && { 'content-length': String(sizeBytes) }),
    'content-disposition': dispositionOf(filename),
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-store',
  }
}

/** RFC 6266: a name in plain ASCII for old readers, and the name as it is. */
function dispositionOf(filename: string | null): string {
  if (filename === null) return 'attachment'
  const plain = filename.replaceAll(/[^\w .()-]/g, '_')
  const whole = encodeURIComponent(filename.toWellFormed()).replaceAll(/['()*]/g, hexOf)
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`
}

const hexOf = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
