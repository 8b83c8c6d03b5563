import { defineConfig, env } from 'prisma/config'

// For the Prisma command line only: the gateway reads its own settings and applies migrations itself.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: databaseUrl() },
})

/** `prisma generate` needs no database, but Prisma's env() throws where the variable is not set. */
function databaseUrl(): string {
  try {
    return env('DATABASE_URL')
  } catch {
    return ''
  }
}
