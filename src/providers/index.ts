import type { Provider } from './contract.ts'
import { createLinkedDevice, type LinkedDeviceOptions } from './linked-device/index.ts'
import { createSandbox } from './sandbox/index.ts'
import { createWhatsappCloud, type WhatsappCloudOptions } from './whatsapp-cloud/index.ts'

export interface ProviderOptions extends WhatsappCloudOptions {
  linkedDevice: LinkedDeviceOptions
}

/** The ways to reach people. One line for each provider. */
export function createProviders(options: ProviderOptions): Provider[] {
  return [
    eraseSettings(createWhatsappCloud(options)),
    eraseSettings(createLinkedDevice(options.linkedDevice)),
    eraseSettings(createSandbox()),
  ]
}

/**
 * Erases the type of a provider's settings, so that providers can stand in one list. Settings of any type are parsed
 * by the provider's own schema before the provider sees them. `open`, `connections.open` and `identity` throw a
 * `ZodError` for settings that do not fit.
 */
export function eraseSettings<Settings>(provider: Provider<Settings>): Provider {
  const { connections, ...rest } = provider
  const parse = (settings: unknown): Settings => provider.settings.parse(settings)
  return {
    ...rest,
    identity: (settings) => provider.identity(parse(settings)),
    open: (session) => provider.open({ ...session, settings: parse(session.settings) }),
    ...(connections && {
      connections: {
        missing: () => connections.missing(),
        messageIdsOf: (externalId) => connections.messageIdsOf(externalId),
        pace: (settings) => connections.pace(parse(settings)),
        open: (session, ports, purpose) =>
          connections.open({ ...session, settings: parse(session.settings) }, ports, purpose),
      },
    }),
  }
}
