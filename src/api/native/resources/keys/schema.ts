import { z } from 'zod'
import { keyModes, keyScopes } from '../../../../domain/accounts/account.ts'
import { isCidr } from '../../../../kit/net/cidr.ts'
import { idGiven, instant, success } from '../../plugins/envelope.ts'

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a60'

export const createKeyBody = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    mode: z.enum(keyModes).optional().meta({
      description:
        'A test key never leaves the sandbox, and makes test keys only. That of the key that asks, if absent.',
    }),
    scopes: z
      .array(z.enum(keyScopes))
      .min(1)
      .max(keyScopes.length)
      .optional()
      .meta({ description: 'What it may do; everything if absent.' }),
    expiresAt: z.iso
      .datetime({ offset: true, error: 'must be an ISO 8601 date and time with a zone' })
      .refine((value) => Date.parse(value) > Date.now(), 'is in the past')
      .optional(),
    allowedCidrs: z
      .array(z.string().refine(isCidr, 'must be a CIDR block such as 203.0.113.0/24'))
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Where it may be used from; anywhere if absent.' }),
  })
  .meta({ examples: [{ name: 'Order service', mode: 'live', scopes: ['send', 'read'] }] })

const keyView = z.object({
  id: z.uuid(),
  name: z.string(),
  mode: z.enum(keyModes),
  hint: z.string().meta({ description: 'Its first and last characters.' }),
  scopes: z.array(z.enum(keyScopes)),
  allowedCidrs: z.array(z.string()).nullable(),
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  createdAt: instant,
})

const keyExample = {
  id: exampleId,
  name: 'Order service',
  mode: 'live',
  hint: 'sk_live_a1b…c3d4',
  scopes: ['send', 'read'],
  allowedCidrs: null,
  expiresAt: null,
  lastUsedAt: '2026-03-28T10:00:00.000Z',
  createdAt: '2026-03-01T10:00:00.000Z',
}

export const createKeyAnswer = success(
  keyView.extend({ apiKey: z.string().meta({ description: 'Shown once: store it now.' }) }),
).meta({
  examples: [
    { success: true, data: { ...keyExample, lastUsedAt: null, apiKey: `sk_live_${'a1b2c3d4'.repeat(6)}` } },
  ],
})

export const listKeysAnswer = z
  .object({ success: z.literal(true), data: z.array(keyView) })
  .meta({ examples: [{ success: true, data: [keyExample] }] })

export const keyParams = z.strictObject({ id: idGiven.meta({ examples: [exampleId] }) })

export const revokedAnswer = success(z.object({ id: z.uuid(), revoked: z.literal(true) })).meta({
  examples: [{ success: true, data: { id: exampleId, revoked: true } }],
})
