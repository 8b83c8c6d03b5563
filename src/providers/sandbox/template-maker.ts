import { newId } from '../../kit/id.ts'
import type { MediaUpload, Refusal, TemplateMaker } from '../contract.ts'

type Discard = (file: MediaUpload, signal: AbortSignal) => Promise<{ ok: true; mediaId: string } | Refusal>

/** The sandbox judges a template at once, by words in its name: `reject`, `pending`; any other is approved. */
export function sandboxTemplateMaker(discard: Discard): TemplateMaker {
  return {
    create: async ({ name, languages, category }) => ({
      ok: true,
      templates: languages.map((language) => ({
        language,
        externalId: newId(),
        category,
        ...judgementOf(name),
      })),
    }),
    change: async ({ name }) => ({ ok: true, ...judgementOf(name) }),
    remove: async () => ({ ok: true }),
    async uploadExample(file, signal) {
      const discarded = await discard(file, signal)
      return discarded.ok ? { ok: true, handle: `sandbox:${discarded.mediaId}` } : discarded
    },
    preview: async ({ languages, components }) => ({
      ok: true,
      previews: languages.map((language) => ({ language, ...textsOf(components) })),
    }),
  }
}

function judgementOf(name: string): { status: string; reason: string | null } {
  if (name.includes('reject')) return { status: 'REJECTED', reason: 'INVALID_FORMAT' }
  return { status: name.includes('pending') ? 'PENDING' : 'APPROVED', reason: null }
}

type Components = Parameters<TemplateMaker['preview']>[0]['components']

/** As Meta writes them in English. */
function textsOf(components: Components): { body: string; footer: string | null; buttons: string[] } {
  const of = (type: string) => components.find((one) => one.type.toUpperCase() === type)
  const advice = of('BODY')?.['add_security_recommendation'] === true
  const minutes = of('FOOTER')?.['code_expiration_minutes']
  return {
    body: `*{{1}}* is your verification code.${advice ? ' For your security, do not share this code.' : ''}`,
    footer: typeof minutes === 'number' ? `This code expires in ${minutes} minutes.` : null,
    buttons: (of('BUTTONS')?.buttons ?? []).map(({ text }) =>
      typeof text === 'string' ? text : 'Copy code',
    ),
  }
}
