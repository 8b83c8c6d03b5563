import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startDeviceService } from '../../support/linked-device/devices.ts'
import { startDeviceWorker } from '../../support/linked-device/worker.ts'
import { until } from '../../support/service.ts'
import { connectSql } from '../../support/sql.ts'

/** `DEVICE_FOOTPRINT=200` measures a worker with so many devices, for docs/benchmarks.md. It judges no number. */
const count = Number(process.env['DEVICE_FOOTPRINT'] ?? 0)

test.skipIf(count === 0)('what devices cost a worker at rest', { timeout: 1_800_000 }, async () => {
  const service = await startDeviceService({ env: { ROLE: 'api' } })
  const sql = await connectSql(service.hermod.databaseUrl)
  const connected = (wanted: number) =>
    until(
      async () =>
        Number(
          (
            await sql.query(
              `select count(*)::int as n from devices where state = 'connected' and lease_until > now()`,
            )
          )[0]?.['n'],
        ),
      (n) => n === wanted,
      `${wanted} connected devices`,
      600_000,
    )
  try {
    const first = startDeviceWorker(service)
    const key = await service.hermod.register()
    const ids: string[] = []
    for (let index = 0; index < count; index += 1) {
      ids.push(await service.create(key, { name: `device-${index}`, settings: { newChatsPerDay: 10_000 } }))
      await service.pair(key, ids[index] ?? '', `27829${String(100_000 + index)}`)
    }
    await first.ended('SIGTERM')
    const startedMs = performance.now()
    const worker = startDeviceWorker(service)
    await connected(count)
    const allConnectedMs = performance.now() - startedMs
    await pause(15_000)
    expect({
      isRunning: worker.isRunning(),
      text: worker.isRunning() ? '' : worker.text().slice(-2_000),
    }).toEqual({
      isRunning: true,
      text: '',
    })
    const memory = await residentMb(worker.pid)
    const cpuBefore = await cpuSeconds(worker.pid)
    await pause(30_000)
    const cpu = ((await cpuSeconds(worker.pid)) - cpuBefore) / 30

    const firsts: number[] = []
    const repeats: number[] = []
    for (let index = 0; index < 60; index += 1) {
      const to = `55119${String(70_000_000 + (index % 20))}`
      for (const latencies of [firsts, repeats]) {
        const sentAt = Date.now()
        const id = await service.send(key, {
          session: ids[index % ids.length],
          to,
          message: `number ${index}`,
        })
        const view = await service.hermod.messageUntil(
          key,
          id,
          ({ status }) => status !== 'queued' && status !== 'processing',
        )
        const arrived = service.whatsApp.control.ledger.byId(String(view['externalId']))[0]
        latencies.push((arrived?.at ?? Date.now()) - sentAt)
      }
    }
    const result = {
      devices: count,
      allConnectedSeconds: Math.round(allConnectedMs / 100) / 10,
      residentMb: memory,
      cpuPercentAtRest: Math.round(cpu * 1_000) / 10,
      toHandOverMs: {
        toNewContact: quantiles(firsts.slice(20)),
        toKnownContact: quantiles(repeats.slice(20)),
      },
    }
    console.log(JSON.stringify(result))
    expect(result.devices).toBe(count)
  } finally {
    await sql.end()
    await service.stop()
  }
})

function quantiles(values: readonly number[]): { p50: number | undefined; p95: number | undefined } {
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: sorted[Math.floor(sorted.length / 2)], p95: sorted[Math.floor(sorted.length * 0.95)] }
}

async function residentMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1_024)
}

/** Time on a processor so far. A tick is a hundredth of a second. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
