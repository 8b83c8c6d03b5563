import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

const memoryFolder = '/dev/shm'
const memoryBytesMin = 2 * 1024 ** 3

/**
 * Where a test's Postgres has its data: in memory where there is plenty (a container has 64 MB of it by default),
 * which makes fsync cost nothing.
 */
export async function scratchFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(memoryFolder).catch(() => ({ bavail: 0, bsize: 0 }))
  return bavail * bsize >= memoryBytesMin ? memoryFolder : tmpdir()
}
