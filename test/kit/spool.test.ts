import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spool, SpoolFullError } from '../../src/kit/spool.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spool-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function* pieces(count: number, bytes: number, seen: { count: number } = { count: 0 }) {
  for (let index = 0; index < count; index += 1) {
    seen.count += 1
    yield Buffer.alloc(bytes, index)
  }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('what was written is read back whole, as often as it is asked for', async () => {
  const spooled = await spool(pieces(5, 70_000), { folder, bytesMax: 350_000 })
  expect(spooled.sizeBytes).toBe(350_000)
  const whole = await bytesOf(pieces(5, 70_000))
  for (let round = 0; round < 2; round += 1) {
    expect((await bytesOf(spooled.read())).equals(whole)).toBe(true)
  }
  await spooled.close()
})

test('the file has no name, even while it is there', async () => {
  const spooled = await spool(pieces(1, 10), { folder, bytesMax: 10 })
  expect(await readdir(folder)).toEqual([])
  await spooled.close()
})

test('a stream that is too long is left where it becomes so', async () => {
  const seen = { count: 0 }
  await expect(spool(pieces(1_000, 10, seen), { folder, bytesMax: 35 })).rejects.toThrow(SpoolFullError)
  expect(seen.count).toBe(4)
})
