import type { Context } from '../../context.ts'
import { writeDeviceKeys } from '../../db/stores/devices/keys.ts'
import type { LeaseKey } from '../../db/stores/devices/devices.ts'
import { findMessageIds } from '../../db/stores/devices/waiting.ts'
import { findOutbound } from '../../db/stores/messages/read.ts'
import { addressFrom } from '../../domain/messages/address.ts'
import type { ProviderEvent } from '../../domain/provider-event.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import { isUnavailable } from '../../db/client.ts'
import type {
  ConnectionPorts,
  ConnectionReport,
  OutboundMessage,
  Provider,
} from '../../providers/contract.ts'
import { receiveEvents } from '../callbacks/receive-events.ts'
import { encryptEntry, readMemory } from '../senders/device-memory.ts'
import { fetchFile } from '../media/fetch.ts'
import { contentToSend } from '../common/sealed.ts'

/** Another process holds the device: what was to be written is not. */
class LeaseLostError extends Error {
  constructor() {
    super('another process holds this device')
    this.name = 'LeaseLostError'
  }
}

/** The ports of a device's connection, under the lease of this process. */
export function connectionPorts(
  ctx: Context,
  {
    session,
    provider,
    lease,
    mayWrite,
    signal,
    onReport,
  }: {
    session: Session
    provider: Provider
    lease: LeaseKey
    mayWrite(): boolean
    signal: AbortSignal
    onReport(report: ConnectionReport): void
  },
): ConnectionPorts {
  const { id: sessionId } = session

  /** Tries while the database is away and the lease may still hold. */
  async function whileHeld<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        if (!isUnavailable(error) || !mayWrite() || signal.aborted) throw error
        await wait(200, signal)
      }
    }
  }

  return {
    storage: {
      read: (type, ids) => whileHeld(() => readMemory(ctx, sessionId, type, ids)),
      async write(entries) {
        const rows = entries.map((entry) => encryptEntry(ctx, sessionId, entry))
        if (!(await whileHeld(() => writeDeviceKeys(ctx.db, lease, rows)))) throw new LeaseLostError()
      },
    },
    onReport,
    onEvents: (events) =>
      whileHeld(async () => receiveEvents(ctx, { session, events: await withIds(events) })),
    findSent,
    fetchFile: (url, bytesMax, until) => fetchFile(ctx, url, bytesMax, until),
    async addressOf(hostname) {
      // As for https: what is inside of the connection is encrypted by itself.
      const [first] = await ctx.guard.addressesOf('https:', hostname)
      if (first === undefined) throw new Error(`${hostname} has no address`)
      return first.address
    },
    mayWrite,
    signal,
    log: {
      debug: (details, text) => ctx.log.debug({ sessionId, ...details }, text),
      warn: (details, text) => ctx.log.warn({ sessionId, ...details }, text),
    },
  }

  /** Our ids of the messages that receipts are about: a receipt may beat the write that records the provider's. */
  async function withIds(events: readonly ProviderEvent[]): Promise<ProviderEvent[]> {
    const unknown = events.filter((event) => event.kind === 'status' && event.correlationId === null)
    if (unknown.length === 0) return [...events]
    const found = await idsOf(unknown.flatMap((event) => (event.kind === 'status' ? [event.externalId] : [])))
    return events.map((event) =>
      event.kind === 'status' && event.correlationId === null
        ? { ...event, correlationId: found.get(event.externalId) ?? null }
        : event,
    )
  }

  async function idsOf(externalIds: readonly string[]): Promise<Map<string, string>> {
    const ranges = externalIds.flatMap((externalId) => {
      const range = provider.connections?.messageIdsOf(externalId) ?? null
      return range === null ? [] : [{ externalId, range }]
    })
    if (ranges.length === 0) return new Map()
    const ids = await findMessageIds(ctx.db, {
      sessionId,
      ranges: ranges.map(({ range: { from, to } }) => ({ from, to })),
    })
    return new Map(
      ranges.flatMap(({ externalId, range }) => {
        const id = ids.find((one) => one >= range.from && one <= range.to && range.isIt(one))
        return id === undefined ? [] : [[externalId, id] as const]
      }),
    )
  }

  async function findSent(externalId: string): Promise<OutboundMessage | null> {
    const id = (await idsOf([externalId])).get(externalId)
    const found = id === undefined ? null : await findOutbound(ctx.db, sessionId, id)
    if (found === null) return null
    const { address, ...message } = found
    const { content } = contentToSend(ctx, message)
    return content === null ? null : { ...message, content, to: addressFrom(address) }
  }
}
