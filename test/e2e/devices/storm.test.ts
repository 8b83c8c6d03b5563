import { expect, test } from 'vitest'
import { startDeviceService } from '../../support/linked-device/devices.ts'
import { startDeviceWorker } from '../../support/linked-device/worker.ts'
import { stormDevices } from './storm.ts'

/** `DEVICE_STORM=full` is the storm at its full size: three workers, twenty devices, 2,000 messages, twenty kills. */
const isFull = process.env['DEVICE_STORM'] === 'full'
const size = isFull
  ? { workers: 3, devices: 20, messages: 2_000, kills: 20, cuts: 40, patienceMs: 600_000 }
  : { workers: 2, devices: 3, messages: 60, kills: 2, cuts: 4, patienceMs: 90_000 }

test(
  'whatever happens to workers and sockets, what was accepted arrives, once, and no device loses its pairing',
  { timeout: isFull ? 1_800_000 : 240_000 },
  async () => {
    const service = await startDeviceService({ env: { ROLE: 'api' } })
    try {
      expect(await stormDevices(service, () => startDeviceWorker(service), size)).toEqual({
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
    }
  },
)
