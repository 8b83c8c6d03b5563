import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { endpoint, type DocumentedByHand, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { mediaBytesMax } from '../../../../domain/messages/media.ts'
import { downloadMedia } from '../../../../services/media/download.ts'
import { uploadMedia } from '../../../../services/media/upload.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { linger } from './linger.ts'
import { fileHeaders, presentExample, presentUpload } from './present.ts'
import { readUpload } from './read-upload.ts'
import { exampleAnswer, fileBytes, fileParams, uploadAnswer, uploadQuery } from './schema.ts'

export function mediaEndpoints(ctx: Context): Resource {
  return {
    prepare: takeFiles,
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/media',
        operationId: 'media.upload',
        scope: 'send',
        document: upload(),
        schema: {
          tags: ['Media'],
          summary: 'Upload a file',
          description:
            'Gives a file to WhatsApp, which keeps it for 30 days; send it by its id: ' +
            '`"media": { "type": "image", "mediaId": "..." }`. Images up to 5 MB (JPEG, PNG), stickers up to 500 KB ' +
            '(WebP), audio and video up to 16 MB, documents up to 100 MB.',
          querystring: uploadQuery,
          response: { 201: uploadAnswer, ...refusals(400, 404, 409, 413, 415, 422) },
        },
        handler: async (request, reply) => {
          const file = await readUpload(request, request.query)
          return reply.code(201).send(presentUpload(await uploadMedia(ctx, callerOf(request), file)))
        },
      }),

      endpoint({
        method: 'POST',
        path: '/templates/media',
        operationId: 'templates.uploadMedia',
        scope: 'manage',
        document: upload(),
        schema: {
          tags: ['Templates'],
          summary: 'Upload a sample for a header',
          description:
            'Gives Meta a sample of the file in a template’s header (JPEG, PNG, MP4 or PDF). Name its `handle` in ' +
            '`example.header_handle` of the header.',
          querystring: uploadQuery,
          response: { 201: exampleAnswer, ...refusals(400, 404, 409, 413, 415, 422) },
        },
        handler: async (request, reply) => {
          const file = await readUpload(request, request.query)
          const uploaded = await uploadMedia(ctx, callerOf(request), { ...file, forTemplate: true })
          return reply.code(201).send(presentExample(uploaded))
        },
      }),

      endpoint({
        method: 'GET',
        path: '/messages/:id/media',
        operationId: 'messages.downloadMedia',
        scope: 'read',
        // HEAD would have to fetch the whole file.
        exposeHeadRoute: false,
        schema: {
          tags: ['Media'],
          summary: 'Download the file of a message',
          description:
            'What a customer sent (WhatsApp keeps it for 7 days), or what you sent by mediaId (30 days).',
          params: fileParams,
          response: {
            200: {
              description: 'The file, to be saved, as the type that its sender gave it.',
              content: { '*/*': { schema: fileBytes } },
            },
            ...refusals(400, 404, 410, 422),
          },
        },
        handler: async (request, reply) => sendFile(ctx, request, request.params.id, reply),
      }),
    ],
  }
}

/** Lets bodies of any type through unread; a form is read part by part. */
async function takeFiles(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers()
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: {
      fileSize: mediaBytesMax + 1,
      files: 2,
      fields: 8,
      parts: 10,
      fieldSize: 1_024,
      headerPairs: 32,
    },
  })
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onResponse', (request, _reply, done) => {
    linger(request.raw)
    done()
  })
}

async function sendFile(
  ctx: Context,
  request: FastifyRequest,
  id: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const file = await downloadMedia(ctx, callerOf(request).account.id, id, gone.signal)
  return reply.headers(fileHeaders(file)).send(file.stream)
}

/** The part of the document that no schema gives: the body, which is read as a stream. */
function upload(): DocumentedByHand {
  const bytes = { type: 'string', format: 'binary' }
  const type = {
    type: 'string',
    description:
      'The type of the file, such as image/jpeg, if its own part does not say it; or its kind, to check.',
    // The explorer fills its form with it, and leaves out what is empty.
    example: '',
  }
  const session = {
    type: 'string',
    description: 'Which sender, by id or name; the default if absent.',
    example: 'sandbox',
  }
  return {
    requestBody: {
      required: true,
      description: 'A form with the file, or the file itself under its own Content-Type.',
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['file'],
            additionalProperties: false,
            properties: { file: bytes, type, session },
          },
          example: { file: '(the bytes of the file)', type: 'image/jpeg', session: 'sandbox' },
        },
        'image/jpeg': { schema: bytes, example: '(the bytes of the file)' },
      },
    },
  }
}
