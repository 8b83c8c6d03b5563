import { perContext, type Context } from '../../context.ts'
import { discard } from '../../kit/net/discard.ts'
import { createOutboundDownloads, type OutboundDownload } from '../../kit/net/outbound-downloads.ts'
import type { FetchedFile } from '../../providers/contract.ts'

const downloads = perContext((ctx: Context) =>
  createOutboundDownloads({ guard: ctx.guard, proxy: ctx.config.outboundProxy, timeoutMs: 10_000 }),
)

/** The beginning of the file behind a URL, past the same guard. Never throws. */
export function openBeginning(
  ctx: Context,
  { url, bytes, signal }: { url: string; bytes: number; signal: AbortSignal },
): Promise<OutboundDownload> {
  return downloads(ctx).open(url, signal, bytes)
}

/** Fetches a file that a message names by its URL, past the guard that keeps requests away from inside. */
export async function fetchFile(
  ctx: Context,
  url: string,
  bytesMax: number,
  signal: AbortSignal,
): Promise<FetchedFile> {
  const found = await downloads(ctx).open(url, signal)
  if (found.state === 'failed') {
    const retryable = found.error !== 'E_SSRF_BLOCKED' && found.error !== 'E_INVALID_TARGET'
    return { ok: false, retryable, detail: `The file could not be fetched (${found.error})` }
  }
  const { status, headers, stream } = found
  const size = Number(headers['content-length'] ?? 0)
  if (status === 200 && size <= bytesMax) {
    return { ok: true, mimeType: declaredTypeOf(headers['content-type']), stream }
  }
  discard(stream)
  if (status === 200)
    return { ok: false, retryable: false, detail: `The file has more than ${bytesMax} bytes` }
  return {
    ok: false,
    retryable: status >= 500 || status === 429,
    detail: `The file’s server answered ${status}`,
  }
}

/** A type without its parameters; one that says nothing counts as none. */
export function declaredTypeOf(header: string | string[] | undefined): string | null {
  const type = (Array.isArray(header) ? header[0] : header)?.split(';')[0]?.trim().toLowerCase() ?? ''
  return type === '' || type === 'application/octet-stream' || type === 'binary/octet-stream' ? null : type
}
