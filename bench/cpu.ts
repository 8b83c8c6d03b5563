import { readdir, readFile } from 'node:fs/promises'

/** Milliseconds a tick of /proc's CPU times: USER_HZ is 100 on every Linux we know. */
const tickMs = 10

/**
 * CPU time that a process and its children have used so far, in milliseconds; null where there is no /proc.
 */
export async function cpuMs(pid: number): Promise<number | null> {
  const own = await ticksOf(pid)
  if (own === null) return null
  let ticks = own
  for (const child of await childrenOf(pid)) ticks += (await ticksOf(child)) ?? 0
  return ticks * tickMs
}

/** Resident memory of one process in bytes; null where there is no /proc. */
export async function residentBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? null : Number(kibibytes) * 1_024
}

async function ticksOf(pid: number): Promise<number | null> {
  const fields = await statOf(pid)
  if (fields === null) return null
  // utime, stime, and the same of children that ended: fields 14 to 17, the third is the first after the name.
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0)
}

async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(name) && (await statOf(Number(name)))?.[1] === String(pid)) found.push(Number(name))
  }
  return found
}

/** The fields of /proc/<pid>/stat behind the name, which may hold blanks. */
async function statOf(pid: number): Promise<string[] | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
