import type { MediaUpload, Provider } from './contract.ts'
import { createSandbox } from './sandbox/index.ts'
import { createWhatsappCloud } from './whatsapp-cloud/index.ts'

export interface ProviderOptions {
  graphUrl: string
  graphVersion: string
  timeoutMs: number
  connectionsMax: number
}

/** The ways to reach people. One line a provider. */
export function createProviders(options: ProviderOptions): Provider[] {
  return [openProvider(createWhatsappCloud(options)), openProvider(createSandbox())]
}

/**
 * Forgets the type of a provider's settings, so that providers can stand in one list: what it is given from then
 * on goes through its own schema first, once for each object.
 */
export function openProvider<Settings>(provider: Provider<Settings>): Provider {
  const { checkCredentials, templates, uploadMedia, downloadMedia } = provider
  const parsed = new WeakMap<object, Settings>()

  function settingsOf(value: unknown): Settings {
    if (typeof value !== 'object' || value === null) return provider.settings.parse(value)
    const known = parsed.get(value)
    if (known !== undefined) return known
    const settings = provider.settings.parse(value)
    parsed.set(value, settings)
    return settings
  }

  return {
    id: provider.id,
    settings: provider.settings,
    send: async (session, message, signal) =>
      provider.send({ id: session.id, settings: settingsOf(session.settings) }, message, signal),
    ...(checkCredentials && {
      checkCredentials: async (settings: unknown, signal: AbortSignal) =>
        checkCredentials(settingsOf(settings), signal),
    }),
    ...(templates && {
      templates: {
        binding: templates.binding,
        businessOf: (settings: unknown) => templates.businessOf(settingsOf(settings)),
        list: async (settings: unknown, signal: AbortSignal) => templates.list(settingsOf(settings), signal),
      },
    }),
    ...(uploadMedia && {
      uploadMedia: async (settings: unknown, file: MediaUpload, signal: AbortSignal) =>
        uploadMedia(settingsOf(settings), file, signal),
    }),
    ...(downloadMedia && {
      downloadMedia: async (settings: unknown, mediaId: string, signal: AbortSignal) =>
        downloadMedia(settingsOf(settings), mediaId, signal),
    }),
    ...(provider.callbacks && { callbacks: provider.callbacks }),
    close: () => provider.close(),
  }
}
