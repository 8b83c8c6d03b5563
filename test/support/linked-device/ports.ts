import type {
  Connection,
  ConnectionPorts,
  ConnectionPurpose,
  ConnectionReport,
  OutboundMessage,
  Provider,
} from '../../../src/providers/contract.ts'
import type { ProviderEvent } from '../../../src/domain/provider-event.ts'
import { readFileSync } from 'node:fs'
import { createLinkedDevice } from '../../../src/providers/linked-device/index.ts'
import type { DeviceSettings } from '../../../src/providers/linked-device/settings.ts'
import { authorityFile } from '../../fakes/certificates/index.ts'
import type { WhatsAppWeb } from '../../fakes/whatsapp-web/server.ts'
import { until } from '../service.ts'

/** The ports of a connection, kept in memory, with everything that the connection handed over. */
export interface MemoryPorts extends ConnectionPorts {
  values: Map<string, Buffer>
  reports: ConnectionReport[]
  events: ProviderEvent[]
  sent: Map<string, OutboundMessage>
  /** What the process that holds the device believes. */
  owner: { holds: boolean; abort: AbortController }
}

export function memoryPorts(values = new Map<string, Buffer>()): MemoryPorts {
  const owner = { holds: true, abort: new AbortController() }
  const reports: ConnectionReport[] = []
  const events: ProviderEvent[] = []
  const sent = new Map<string, OutboundMessage>()
  return {
    values,
    reports,
    events,
    sent,
    owner,
    storage: {
      read: async (type, ids) =>
        new Map(
          ids.flatMap((id) => {
            const value = values.get(`${type} ${id}`)
            return value === undefined ? [] : [[id, value] as const]
          }),
        ),
      async write(entries) {
        for (const { type, id, value } of entries) {
          if (value === null) values.delete(`${type} ${id}`)
          else values.set(`${type} ${id}`, value)
        }
      },
    },
    onReport: (report) => void reports.push(report),
    onEvents: async (some) => void events.push(...some),
    findSent: async (externalId) => sent.get(externalId) ?? null,
    fetchFile: async () => ({ ok: false, detail: 'there are no files here', retryable: false }),
    addressOf: async (hostname) => hostname,
    mayWrite: () => owner.holds,
    signal: owner.abort.signal,
    log: { debug: () => undefined, warn: () => undefined },
  }
}

/** The provider, pointed at a fake WhatsApp, with short times. */
export function providerAt(
  { socketUrl, rootKey }: Pick<WhatsAppWeb, 'socketUrl' | 'rootKey'>,
  timeoutMs = 2_000,
): Provider<DeviceSettings> {
  return createLinkedDevice({
    webUrl: socketUrl,
    rootKey: Buffer.from(rootKey, 'hex'),
    version: null,
    timeoutMs,
    livenessEveryMs: 60_000,
    livenessTimeoutMs: 1_000,
    settleMs: 50,
    mediaAuthority: readFileSync(authorityFile, 'utf8'),
  })
}

export async function openDevice(
  provider: Provider<DeviceSettings>,
  ports: MemoryPorts,
  purpose: ConnectionPurpose = { kind: 'link' },
  settings: DeviceSettings = {},
): Promise<Connection> {
  const { connections } = provider
  if (connections === undefined) throw new Error('the provider has no connections')
  return connections.open({ id: 'session', settings }, ports, purpose)
}

/** Waits for a report of a kind. */
export async function reported<Kind extends ConnectionReport['kind']>(
  { reports }: Pick<MemoryPorts, 'reports'>,
  kind: Kind,
): Promise<Extract<ConnectionReport, { kind: Kind }>> {
  const found = await until(
    () => reports.find((report) => report.kind === kind),
    (report) => report !== undefined,
    `a report ${kind} in ${JSON.stringify(reports)}`,
  )
  return found as Extract<ConnectionReport, { kind: Kind }>
}

/** Pairs a device by QR and opens its connection. */
export async function pairedDevice(
  whatsApp: WhatsAppWeb,
  provider: Provider<DeviceSettings>,
  { phone, settings = {} }: { phone: string; settings?: DeviceSettings },
): Promise<{ connection: Connection; ports: MemoryPorts }> {
  const first = memoryPorts()
  await openDevice(provider, first, { kind: 'pair', method: 'qr' }, settings)
  const { shown } = await reported(first, 'code')
  await whatsApp.control.scanQr({ qr: shown, phone })
  await reported(first, 'ended')
  const ports = memoryPorts(first.values)
  const connection = await openDevice(provider, ports, { kind: 'link' }, settings)
  await reported(ports, 'connected')
  return { connection, ports }
}
