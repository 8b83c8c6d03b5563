import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { stampOf } from './process.ts'
import { parseJson } from '../../kit/json/parse-json.ts'

/**
 * Which service starts, watches and stops the Postgres of a data folder. Several services may use one folder;
 * the first to write the owner file is the owner, the others are guests until it is gone.
 */
export type Claim =
  /** `release` lets the folder go, for the next service or for a guest that waits. */
  { owner: 'us'; release(): Promise<void> } | { owner: 'other'; pid: number }

const ownerFile = z.object({ pid: z.number(), stamp: z.string(), claim: z.string() })

type Owner = z.infer<typeof ownerFile>

/** Takes the data folder when no living process has it. A process that dies without releasing it loses it to the next. */
export async function claimOwnership(path: string): Promise<Claim> {
  const stamp = await stampOf(process.pid)
  if (stamp === null) throw new Error('This system does not tell when a process began')
  const mine: Owner = { pid: process.pid, stamp, claim: randomUUID() }
  for (;;) {
    if (await writeIfAbsent(path, mine)) return { owner: 'us', release: () => release(path, mine) }
    const holder = await readLiveOwner(path)
    if (holder !== null) return { owner: 'other', pid: holder.pid }
    await removeStale(path)
  }
}

async function release(path: string, mine: Owner): Promise<void> {
  if ((await readLiveOwner(path))?.claim === mine.claim) await rm(path, { force: true })
}

/** A hard link appears with its whole content or not at all, and fails where the name is taken. */
async function writeIfAbsent(path: string, mine: Owner): Promise<boolean> {
  const draft = `${path}.${mine.claim}`
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** A power cut may leave an unreadable file; it has no owner either. */
async function readLiveOwner(path: string): Promise<Owner | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const owner = ownerFile.safeParse(parseJson(text))
  return owner.success && (await stampOf(owner.data.pid)) === owner.data.stamp ? owner.data : null
}

/**
 * Two services may find the same stale file: the slower one may have renamed the quicker one's fresh claim
 * away.
 */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readLiveOwner(aside)) !== null) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}
