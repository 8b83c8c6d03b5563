import { execFileSync } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'

/** The shape of the machine, without which a number says little. */
export interface Machine {
  cores: number
  cpu: string
  memoryGb: number
  node: string
  platform: string
  /** Where the databases lie. In memory, fsync costs nothing, and the accept figures flatter. */
  disk: 'disk' | 'memory'
  commit: string | null
}

/** Linux's TMPFS_MAGIC. */
const tmpfs = 0x01021994

export async function machineOf(folder: string): Promise<Machine> {
  const [first] = cpus()
  const { type } = await statfs(folder)
  return {
    cores: cpus().length,
    cpu: first?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    disk: type === tmpfs ? 'memory' : 'disk',
    commit: commit(),
  }
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}
