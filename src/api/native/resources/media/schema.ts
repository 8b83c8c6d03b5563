import { z } from 'zod'
import { mediaKinds } from '../../../../domain/messages/content.ts'
import { idGiven, instant, success } from '../../plugins/envelope.ts'

const session = z.string().min(1).max(128)

/** The query of `POST /media`, for those who send the file as the body itself. */
export const uploadQuery = z.strictObject({
  session: session.optional().meta({ description: 'Which sender, by id or name; the default if absent.' }),
  filename: z.string().min(1).max(240).optional().meta({ description: 'Name of the file.' }),
})

/** The fields that may stand beside the file in a form. */
export const uploadFields = z.strictObject({
  type: z.string().min(1).max(256).optional(),
  session: session.optional(),
})

export const uploadAnswer = success(
  z.object({
    id: z.string().meta({ description: 'The mediaId to send it by.' }),
    kind: z.enum(mediaKinds).meta({ description: 'What it is sent as: the type beside mediaId.' }),
    mimeType: z.string(),
    size: z.number().int().meta({ description: 'In bytes.' }),
    expiresAt: instant.meta({ description: 'Meta keeps it for 30 days.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        id: '1037543291543636',
        kind: 'image',
        mimeType: 'image/jpeg',
        size: 48_213,
        expiresAt: '2026-04-27T10:00:00.000Z',
      },
    },
  ],
})

export const exampleAnswer = success(
  z.object({
    handle: z.string().meta({ description: 'For example.header_handle of a template.' }),
    kind: z.enum(mediaKinds),
    mimeType: z.string(),
    size: z.number().int().meta({ description: 'In bytes.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: { handle: '4::aW1hZ2UvanBlZw==:ARZabc', kind: 'image', mimeType: 'image/jpeg', size: 48_213 },
    },
  ],
})

export const fileParams = z.strictObject({
  id: idGiven.meta({ examples: ['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'] }),
})

/** The bytes of a file. */
export const fileBytes = z.string().meta({ format: 'binary', examples: ['(the bytes of the file)'] })
