import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { Migration } from './migrations.ts'
import { engineDatabases, type EngineUrls } from './schema-engine-adapter.ts'

/** Prisma's schema engine, compiled to WebAssembly: the work of `prisma migrate` without a native program. */
export interface SchemaEngine {
  /**
   * Applies what is not applied yet, in order, and records it in _prisma_migrations. Returns the names.
   *
   * @throws Error with Prisma's text, which names the migration that failed.
   */
  apply(migrations: Migration[]): Promise<string[]>
  /**
   * The SQL that leads from the migrations to a Prisma schema; null when they agree. Needs a shadow database.
   *
   * @throws Error with Prisma's text, when the schema is not valid or a migration fails.
   */
  diff(migrations: Migration[], schema: string): Promise<string | null>
  close(): Promise<void>
}

/** The global of every JavaScript engine, for which Node's type package has no declaration. */
declare const WebAssembly: {
  instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>
}

const filters = { externalTables: [], externalEnums: [] }
const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' }
/** The engine's own exit code for "there is a difference". */
const differs = 2

/** Loads the engine, which takes tens of megabytes for as long as the process lives. */
export async function loadSchemaEngine(urls: EngineUrls): Promise<SchemaEngine> {
  await (instantiated ??= instantiate())
  const databases = engineDatabases(urls)
  const engine = await bindings.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(databases.factory),
  )
  return {
    async apply(migrations) {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: listed(migrations),
        filters,
      })
      return appliedMigrationNames
    },
    async diff(migrations, schema) {
      const { exitCode, stdout } = await engine.diff({
        from: { tag: 'migrations', ...listed(migrations) },
        to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
        script: true,
        exitCode: true,
        filters,
      })
      return exitCode === differs ? stdout : null
    },
    async close() {
      engine.free()
      await databases.close()
    },
  }
}

/** Once in a process: the bindings hold one instance. */
let instantiated: Promise<void> | null = null

/** The package is made for bundlers, which load its .wasm file for it; Node gets the path of the file. */
async function instantiate(): Promise<void> {
  const packageRoot = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
  const code = await readFile(join(packageRoot, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': { ...bindings } })
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: throwPanic } })
  bindings.__wbg_set_wasm(instance.exports)
  const { __wbindgen_start: start } = instance.exports
  if (typeof start === 'function') start()
}

/** The engine calls this global with the reason before it ends; without it the reason would be lost. */
function throwPanic(message: string): void {
  throw new Error(`The schema engine failed: ${message}`)
}

function listed(
  migrations: Migration[],
): Parameters<bindings.SchemaEngine['applyMigrations']>[0]['migrationsList'] {
  return {
    baseDir: 'prisma/migrations',
    lockfile,
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  }
}
