import { authorityFile } from '../../fakes/certificates/index.ts'
import { startProgram, type Program } from '../program.ts'
import { testSecretsKey } from '../service.ts'
import type { DeviceService } from './devices.ts'

/** Starts a worker in a process of its own, beside a service whose API runs here. */
export function startDeviceWorker(
  { hermod, whatsApp }: DeviceService,
  env: Record<string, string> = {},
): Program {
  return startProgram('main', ['worker'], {
    DATABASE_URL: hermod.databaseUrl,
    DATABASE_POOL_MAX: '6',
    SECRETS_KEY: testSecretsKey,
    LOG_LEVEL: 'info',
    WHATSAPP_WEB_URL: whatsApp.socketUrl,
    WHATSAPP_WEB_ROOT_KEY: whatsApp.rootKey,
    NODE_EXTRA_CA_CERTS: authorityFile,
    SEND_TIMEOUT_SECONDS: '2',
    SEND_LEASE_SECONDS: '6',
    UNKNOWN_SETTLE_SECONDS: '2',
    SHUTDOWN_TIMEOUT_SECONDS: '5',
    ...env,
  })
}
