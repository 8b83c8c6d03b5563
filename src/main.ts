import { createConfig } from './config/config.ts'
import { ConfigError, readEnv } from './config/env.ts'
import { startService } from './service.ts'

/** `node dist/main.js [api | worker | all]`: starts the service and stops it on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = createConfig(readEnv(), process.argv.slice(2))
  const service = await startService(config)
  const stop = (signal: NodeJS.Signals): void => {
    service.ctx.log.info({ signal }, 'stopping')
    void service.stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

try {
  await main()
} catch (error) {
  // A wrong setting is for its operator to read, not a crash.
  console.error(error instanceof ConfigError ? error.message : error)
  process.exit(1)
}
