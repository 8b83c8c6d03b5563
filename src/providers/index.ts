import type { Provider } from './contract.ts'
import { createSandbox } from './sandbox/index.ts'
import { createWhatsappCloud, type WhatsappCloudOptions } from './whatsapp-cloud/index.ts'

export type ProviderOptions = WhatsappCloudOptions

/** The ways to reach people. One line for each provider. */
export function createProviders(options: ProviderOptions): Provider[] {
  return [eraseSettings(createWhatsappCloud(options)), eraseSettings(createSandbox())]
}

/**
 * Erases the type of a provider's settings, so that providers can stand in one list. Settings of any type are parsed
 * by the provider's own schema before the provider sees them. `open`, `connect` and `identity` throw a `ZodError` for
 * settings that do not fit.
 */
export function eraseSettings<Settings>(provider: Provider<Settings>): Provider {
  const { connect } = provider
  const parse = (settings: unknown): Settings => provider.settings.parse(settings)
  return {
    ...provider,
    identity: (settings) => provider.identity(parse(settings)),
    open: ({ id, settings }) => provider.open({ id, settings: parse(settings) }),
    ...(connect && {
      connect: ({ id, settings }, ports) => connect({ id, settings: parse(settings) }, ports),
    }),
  }
}
