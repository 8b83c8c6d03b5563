import { randomBytes } from 'node:crypto'
import { buildServer } from '../src/api/server.ts'
import { createConfig } from '../src/config/config.ts'
import { parseEnv } from '../src/config/env.ts'
import { directTarget } from '../src/db/connection.ts'
import { createContext } from '../src/context.ts'

/**
 * The OpenAPI document of this code, as the text of a file, with the surfaces that a value of `SURFACES` names. Connects
 * to nothing. Its order is that of the routes and of the fields in their schemas, which is the order in which people read.
 */
export async function openapiText({ surfaces = 'all' }: { surfaces?: string } = {}): Promise<string> {
  const nowhere = 'postgresql://nobody@127.0.0.1:1/none'
  const env = {
    DATABASE_URL: nowhere,
    SECRETS_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'silent',
    SURFACES: surfaces,
  }
  const ctx = createContext(createConfig(parseEnv(env)), directTarget(nowhere))
  const app = await buildServer(ctx)
  try {
    await app.ready()
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    await app.close()
    await ctx.close()
  }
}
