import { createConfig } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { runUntilStopped } from './cli/run-until-stopped.ts'
import { startService } from './app.ts'

/** `node dist/main.js [api | worker | all]`: starts the service and stops it on SIGTERM, SIGINT or SIGHUP. */
await runUntilStopped((stopping) =>
  startService(createConfig(readEnv(), process.argv.slice(2)), {}, stopping),
)
