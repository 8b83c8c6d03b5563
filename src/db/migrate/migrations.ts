import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One folder of prisma/migrations. */
export interface Migration {
  name: string
  sql: string
}

/** A row of Prisma's own table, _prisma_migrations. */
export interface MigrationRow {
  name: string
  checksum: string
  finished: boolean
  rolledBack: boolean
}

/** The comparison of the folder with the table; names in order. */
export interface MigrationState {
  /** In the folder and not applied. */
  pending: string[]
  /** Applied from a file that said something else. */
  edited: string[]
  /** Begun and neither finished nor marked as rolled back. */
  failed: string[]
  /** Applied and not in the folder: the database is newer than this code. */
  unknown: string[]
}

// The same from src/db and from dist/db.
const prismaFolder = fileURLToPath(new URL('../../../prisma/', import.meta.url))
export const migrationsFolder = join(prismaFolder, 'migrations')
export const schemaPath = join(prismaFolder, 'schema.prisma')

/** The migrations of a folder in the order of their names, which begin with their time. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return await Promise.all(
    names
      .toSorted()
      .map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })),
  )
}

/** Compares a folder with what was applied. */
export function compareMigrations(folder: Migration[], rows: MigrationRow[]): MigrationState {
  const standing = rows.filter((row) => !row.rolledBack)
  const applied = new Map(standing.filter((row) => row.finished).map((row) => [row.name, row.checksum]))
  const known = new Set(folder.map(({ name }) => name))
  return {
    pending: folder.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    edited: folder
      .filter((migration) => wasEdited(migration, applied.get(migration.name)))
      .map(({ name }) => name),
    failed: standing.filter((row) => !row.finished).map((row) => row.name),
    unknown: [...applied.keys()].filter((name) => !known.has(name)),
  }
}

/** Prisma's rule: SHA-256 in hex, and the line ends of Windows and Unix count as the same text. */
function wasEdited({ sql }: Migration, checksum: string | undefined): boolean {
  if (checksum === undefined) return false
  const unix = sql.replaceAll('\r\n', '\n')
  return ![sql, unix, unix.replaceAll('\n', '\r\n')].some((text) => checksumOf(text) === checksum)
}

export function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
