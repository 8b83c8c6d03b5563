import { Agent } from 'node:https'
import type { proto, WAMessageKey, WASocket } from '@whiskeysockets/baileys'
import type { ConnectionLog } from '../../contract.ts'
import type { Library } from '../library.ts'
import type { DeviceMemory } from './memory.ts'
import type { LinkedDeviceOptions } from '../options.ts'
import { tunnelAgent, type Proxy } from './tunnel-agent.ts'
import { libraryLogger } from '../safety/logger.ts'

/** Opens a socket of the library's. It starts to connect at once. */
export function openSocket(
  library: Library,
  options: LinkedDeviceOptions,
  {
    memory,
    proxy,
    log,
    getMessage,
  }: {
    memory: DeviceMemory
    proxy: Proxy | null
    log: ConnectionLog
    getMessage(key: WAMessageKey): Promise<proto.IMessage | undefined>
  },
): WASocket {
  const logger = libraryLogger(log)
  const { mediaAuthority, version, webUrl } = options
  return library.makeWASocket({
    auth: { creds: memory.auth.creds, keys: library.makeCacheableSignalKeyStore(memory.auth.keys, logger) },
    logger,
    browser: library.Browsers.macOS('Chrome'),
    ...(webUrl !== null && { waWebSocketUrl: webUrl }),
    ...(version !== null && { version: [...version] }),
    ...(proxy !== null && { agent: tunnelAgent(proxy) }),
    ...(mediaAuthority !== null && { fetchAgent: new Agent({ ca: mediaAuthority }) }),
    connectTimeoutMs: 20_000,
    // The library waits for a minute otherwise, also on a socket that is dead.
    defaultQueryTimeoutMs: 15_000,
    // A round trip of our own says whether the connection lives.
    keepAliveIntervalMs: 3_600_000,
    // With own events on, the library folds statuses that come fast into other events.
    emitOwnEvents: false,
    markOnlineOnConnect: false,
    syncFullHistory: false,
    shouldSyncHistoryMessage: () => false,
    generateHighQualityLinkPreview: false,
    // A write that fails ends the socket, so that it need not be tried for half a minute.
    transactionOpts: { maxCommitRetries: 3, delayBetweenTriesMs: 200 },
    getMessage,
  })
}
