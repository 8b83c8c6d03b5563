import type { FastifyRequest } from 'fastify'
import { AppError, invalidField, invalidRequest } from '../../../../domain/app-error.ts'
import { essenceOf } from '../../../../domain/messages/media.ts'
import { bytesMaxOf, tooLarge, type MediaFields, type MediaFile } from '../../../../services/media/upload.ts'
import { detailsOf } from '../../../http/errors.ts'
import { uploadFields } from './schema.ts'

/** The bytes that a form adds to its file: boundaries, headers and the other fields. */
const framingBytesMax = 64 * 1_024

/**
 * The file of an upload, before its bytes were read: the part `file` of a form, or the body itself. Throws
 * `payload_too_large` when the length that it announces says so, and `validation_failed`.
 */
export async function readUpload(
  request: FastifyRequest,
  query: { session?: string | undefined; filename?: string | undefined },
): Promise<MediaFile> {
  if (request.isMultipart()) return readForm(request, query.session ?? null)
  const declaredType = request.headers['content-type'] ?? null
  if (announced(request) > bytesMaxOf(declaredType)) throw tooLarge(declaredType)
  return {
    // Not the request itself: leaving its loop early would hang up before the refusal is out.
    stream: readable(request.raw.iterator({ destroyOnReturn: false })),
    filename: query.filename ?? null,
    declaredType,
    namedBefore: query.session ?? null,
    fields: () => Promise.resolve({ type: null, session: query.session ?? null }),
  }
}

function announced(request: FastifyRequest): number {
  return Number(request.headers['content-length'] ?? 0)
}

type Part = ReturnType<FastifyRequest['parts']> extends AsyncIterableIterator<infer One> ? One : never

async function readForm(request: FastifyRequest, session: string | null): Promise<MediaFile> {
  if (announced(request) > bytesMaxOf(null) + framingBytesMax) throw tooLarge(null)
  const parts = readable(request.parts())
  const fields: Record<string, unknown> = {}
  for (;;) {
    const { value: part, done } = await parts.next()
    if (done === true) throw invalidField('body.file', 'is required: the file to upload')
    if (part.type === 'field') {
      keep(fields, part)
      continue
    }
    if (part.fieldname !== 'file') throw invalidField(`body.${part.fieldname}`, 'is not a known field')
    return {
      stream: readable(part.file),
      filename: part.filename === '' ? null : part.filename,
      // Clients send this type when they do not know a better one.
      declaredType: essenceOf(part.mimetype) === 'application/octet-stream' ? null : part.mimetype,
      namedBefore: uploadFields.safeParse(fields).data?.session ?? session ?? undefined,
      fields: async () => ({ ...noFields(session), ...(await readRest(parts, fields)) }),
    }
  }
}

const noFields = (session: string | null): MediaFields => ({ type: null, session })

/** The fields before the file, and those after it. */
async function readRest(
  parts: AsyncIterable<Part>,
  fields: Record<string, unknown>,
): Promise<Partial<MediaFields>> {
  for await (const part of parts) {
    if (part.type === 'file')
      throw invalidField(`body.${part.fieldname}`, 'is one file too many: upload one at a time')
    keep(fields, part)
  }
  const parsed = uploadFields.safeParse(fields)
  if (!parsed.success) {
    const details = parsed.error.issues.flatMap(({ path, message, ...rest }) =>
      detailsOf('body', path.map(String), message, rest),
    )
    throw invalidRequest(details)
  }
  const { type, session } = parsed.data
  return { ...(type !== undefined && { type }), ...(session !== undefined && { session }) }
}

/** The same, but that a body which cannot be read is its sender's to mend. */
async function* readable<One>(source: AsyncIterable<One>): AsyncGenerator<One> {
  try {
    yield* source
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('bad_request', `The upload cannot be read: ${reason}.`, { cause: error })
  }
}

function keep(fields: Record<string, unknown>, part: Extract<Part, { type: 'field' }>): void {
  // An empty field of a form is one that nobody filled in.
  if (part.value !== '') fields[part.fieldname] = part.value
}
