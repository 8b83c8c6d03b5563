import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { ConfigError } from './env.ts'

/** Where the embedded default keeps the keys that encrypt secrets: one line, the newest key first. */
export function secretsFileIn(dataDir: string): string {
  return path.join(dataDir, 'secrets.key')
}

/**
 * The keys that encrypt secrets on the embedded default, the newest first: made once, kept beside the data they protect.
 * Throws `ConfigError` when the folder cannot hold them.
 */
export function readSecretsFile(dataDir: string): Buffer[] {
  const file = secretsFileIn(dataDir)
  const keys = keyText(dataDir, file)
    .split(',')
    .map((part) => Buffer.from(part.trim(), 'base64'))
  if (keys.every((key) => key.length === 32)) return keys
  throw new ConfigError([`${file} does not hold 32-byte keys: restore it from a backup, or set SECRETS_KEY`])
}

/**
 * Puts a new key before those of the file; from then on processes that start encrypt with it, and those that run find it
 * when they meet what it encrypted. The file is there in whole at any moment. Throws `ConfigError`.
 */
export function addSecretsKey(dataDir: string): Buffer[] {
  return rewrite(dataDir, (keys) => [randomBytes(32), ...keys])
}

/** Leaves only the newest key in the file. Throws `ConfigError`. */
export function dropOldSecretsKeys(dataDir: string): Buffer[] {
  return rewrite(dataDir, (keys) => keys.slice(0, 1))
}

function rewrite(dataDir: string, change: (keys: Buffer[]) => Buffer[]): Buffer[] {
  const file = secretsFileIn(dataDir)
  const draft = `${file}.new`
  const keys = withDraft(draft, (handle) => {
    // Read only now: another process that rewrites the file has to wait for the draft's name.
    const next = change(readSecretsFile(dataDir))
    writeSync(handle, `${next.map((key) => key.toString('base64')).join(',')}\n`)
    fsyncSync(handle)
    return next
  })
  renameSync(draft, file)
  return keys
}

/** Nobody else can have the draft at the same time. */
function withDraft<T>(draft: string, write: (handle: number) => T): T {
  let handle: number
  try {
    handle = openSync(draft, 'wx', 0o600)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError([
      `${draft} cannot be made (${reason}): another command may be changing the keys; ` +
        'if none is, remove that file',
    ])
  }
  try {
    return write(handle)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}

function keyText(dataDir: string, file: string): string {
  try {
    if (!existsSync(file)) {
      makeFolder(dataDir)
      makeKeyFile(file)
    }
    chmodSync(file, 0o600)
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError([
      `DATA_DIR must name a folder that this user may write: ${dataDir} cannot be used (${reason})`,
    ])
  }
}

/** Folder by folder: Node’s own `recursive` never ends where a folder cannot be made, as under /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(path.dirname(folder))
  mkdirSync(folder)
}

/** `wx` fails when another process made it meanwhile; then that one's key counts. */
function makeKeyFile(file: string): void {
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!existsSync(file)) throw error
  }
}
