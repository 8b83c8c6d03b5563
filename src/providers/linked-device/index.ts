import type { Channel, Provider, ProviderSession, ProviderTraits } from '../contract.ts'
import { openConnection } from './connection.ts'
import { deviceForm } from './form.ts'
import { loadLibrary, missingLibrary } from './library.ts'
import { deviceMedia, downloadFile, type MediaHosts } from './messages/media.ts'
import { uploadFile } from './messages/uploads.ts'
import type { LinkedDeviceOptions } from './options.ts'
import { refused } from './protocol/acks.ts'
import { messageIdsOf } from './protocol/message-id.ts'
import { deviceSettings, newChatsPerDayDefault, type DeviceSettings } from './settings.ts'

export type { LinkedDeviceOptions } from './options.ts'

const traits = {
  label: 'WhatsApp',
  needsCredentials: false,
  isPlayground: false,
  hasShorthand: false,
  templates: 'none',
  hasCustomerWindow: false,
  resendsAreShownOnce: true,
  costsCredits: true,
  messageTypes: ['text', 'media', 'reaction', 'location', 'contacts'],
  addressKinds: ['msisdn', 'lid'],
  media: deviceMedia,
  // As WhatsApp's own programs have it.
  textCharsMax: 65_536,
  // One message in two seconds.
  ratePerSecond: 0.5,
  ratePerSecondRange: { min: 0.01, max: 20 },
} as const satisfies ProviderTraits

/**
 * A WhatsApp number that is linked as WhatsApp Web is, by QR code or pairing code. It speaks through an optional
 * package, which is loaded at its first use. This is not an interface that WhatsApp offers: see docs/linked-devices.md.
 */
export function createLinkedDevice(options: LinkedDeviceOptions): Provider<DeviceSettings> {
  const library = () => loadLibrary(options.rootKey)
  return {
    id: 'linked-device',
    traits,
    settings: deviceSettings,
    identity: () => ({ senderId: null, businessAccountId: null }),
    form: deviceForm,
    open: (session) => openWithoutSocket(options, session),
    connections: {
      missing: async () => ((await library()) === null ? missingLibrary : null),
      async open({ settings }, ports, purpose) {
        const found = await library()
        if (found === null) throw new Error(missingLibrary)
        return openConnection(found, options, { settings, ports, purpose })
      },
      messageIdsOf,
      pace: ({ newChatsPerDay = newChatsPerDayDefault }) => ({ burst: 3, jitter: 0.4, newChatsPerDay }),
    },
    close: async () => {},
  }
}

/** The channel that any process can use for a device without its socket: for files, which go to other servers. */
function openWithoutSocket(
  options: LinkedDeviceOptions,
  { memory }: ProviderSession<DeviceSettings>,
): Channel {
  const send = () =>
    Promise.resolve(refused('connection_failed', 'The device is connected in another process'))
  if (memory === undefined) return { send }
  const { mediaAuthority } = options
  const hosts = mediaHosts(options)
  return {
    send,
    async uploadMedia(file) {
      const found = await loadLibrary(options.rootKey)
      if (found === null) return { ok: false, code: 'provider_unreachable', detail: missingLibrary }
      return uploadFile(found, { memory, mediaAuthority }, file)
    },
    async downloadMedia(mediaId, signal) {
      const found = await loadLibrary(options.rootKey)
      if (found === null) return { ok: false, code: 'provider_unreachable', detail: missingLibrary }
      return downloadFile(found, { memory, hosts }, mediaId, signal)
    },
  }
}

/** WhatsApp's own hosts; where another server stands in for WhatsApp, that one's. */
function mediaHosts({ webUrl, mediaAuthority }: LinkedDeviceOptions): MediaHosts {
  const own = webUrl === null ? null : new URL(webUrl).hostname
  return {
    ca: mediaAuthority,
    isAllowed(host) {
      const hostname = host.split(':')[0] ?? ''
      return /(^|\.)whatsapp\.net$/.test(hostname) || (own !== null && hostname === own)
    },
  }
}
