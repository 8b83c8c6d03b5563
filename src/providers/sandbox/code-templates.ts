import { newId } from '../../kit/id.ts'
import type { CodeTemplateMaker } from '../contract.ts'

/** The sandbox sends templates of any name, and approves those that are made at once; one with `reject` in it, never. */
export const sandboxCodeTemplates: CodeTemplateMaker = {
  preview: async ({ languages, expirationMinutes }) => ({
    ok: true,
    previews: languages.map((language) => ({
      language,
      body: '*{{1}}* is your verification code. For your security, do not share this code.',
      footer: `This code expires in ${expirationMinutes} minutes.`,
      buttons: ['Copy code'],
    })),
  }),
  create: async ({ name, languages }) => ({
    ok: true,
    templates: languages.map((language) => ({ language, externalId: newId(), ...judgementOf(name) })),
  }),
}

function judgementOf(name: string): { status: string; reason: string | null } {
  return name.includes('reject')
    ? { status: 'REJECTED', reason: 'INVALID_FORMAT' }
    : { status: 'APPROVED', reason: null }
}
