import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgresMember } from '../../storm/members.ts'
import { startDeviceService } from '../../support/linked-device/devices.ts'
import { startDeviceWorker } from '../../support/linked-device/worker.ts'
import { stormDevices } from './storm.ts'

/** `DEVICE_STORM=full` is the storm at its full size: three workers, twenty devices, 2,000 messages, twenty kills of
 * workers and as many of Postgres. */
const isFull = process.env['DEVICE_STORM'] === 'full'
const size = isFull
  ? { workers: 3, devices: 20, messages: 2_000, kills: 20, postgresKills: 20, cuts: 40, patienceMs: 600_000 }
  : { workers: 2, devices: 3, messages: 60, kills: 2, postgresKills: 1, cuts: 4, patienceMs: 90_000 }

test(
  'whatever happens to workers, Postgres and sockets, what was accepted arrives, once, and no device loses its pairing',
  { timeout: isFull ? 1_800_000 : 240_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hermod-storm-'))
    const accidents: string[] = []
    const postgres = await postgresMember(folder, (accident) => accidents.push(accident))
    await postgres.member.start()
    const database = { url: postgres.url, drop: () => postgres.member.stop() }
    const service = await startDeviceService({ database, env: { ROLE: 'api' } })
    try {
      const members = { startWorker: () => startDeviceWorker(service), postgres: postgres.member }
      const verdict = await stormDevices(service, members, size)
      expect({ ...verdict, accidents }).toEqual({
        accidents: [],
        unfinished: [],
        lost: [],
        conflicts: [],
        shownTwice: [],
        overlaps: [],
        unpaired: [],
        faults: [],
        crashed: [],
      })
    } finally {
      await service.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
)
