import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import ipaddr from 'ipaddr.js'

/** What the server knows of a name; it never answers questions for the kind of address in `silent`. */
export interface DnsRecord {
  addresses: readonly string[]
  silent?: readonly ('A' | 'AAAA')[]
}

/** A DNS server of one's own. Names that it does not know do not exist. */
export interface FakeDns {
  /** `127.0.0.1:port` */
  server: string
  /** Questions so far, such as `hook.test A`. */
  readonly asked: readonly string[]
  close(): void
}

const kinds: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' }

/** Starts a DNS server over UDP. Source of the format: RFC 1035, section 4. */
export async function startDns(records: Record<string, DnsRecord>): Promise<FakeDns> {
  const asked: string[] = []
  const socket = createSocket('udp4', (packet, from) => {
    const { name, type, end } = questionOf(packet)
    const kind = kinds[type]
    asked.push(`${name} ${kind ?? type}`)
    const record = records[name]
    if (kind !== undefined && record?.silent?.includes(kind) === true) return
    const size = kind === 'A' ? 4 : 16
    const found = (record?.addresses ?? [])
      .map((address) => Buffer.from(ipaddr.parse(address).toByteArray()))
      .filter((bytes) => kind !== undefined && bytes.length === size)
    socket.send(answerTo(packet.subarray(0, end), { known: record !== undefined, type, found }), from.port)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { server: `127.0.0.1:${socket.address().port}`, asked, close: () => void socket.close() }
}

function questionOf(packet: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let size = packet.readUInt8(at); size > 0; size = packet.readUInt8(at)) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + size))
    at += size + 1
  }
  return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(at + 1), end: at + 5 }
}

function answerTo(
  question: Buffer,
  { known, type, found }: { known: boolean; type: number; found: readonly Buffer[] },
): Buffer {
  const head = Buffer.from(question)
  // An answer, recursion available, NXDOMAIN when the name is not known.
  head.writeUInt16BE(known ? 0x81_80 : 0x81_83, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(found.length, 6)
  head.writeUInt32BE(0, 8)
  const answers = found.map((address) => {
    const fixed = Buffer.alloc(12)
    // The name stands at byte 12; class IN; no life beyond this answer.
    fixed.writeUInt16BE(0xc0_0c, 0)
    fixed.writeUInt16BE(type, 2)
    fixed.writeUInt16BE(1, 4)
    fixed.writeUInt16BE(address.length, 10)
    return Buffer.concat([fixed, address])
  })
  return Buffer.concat([head, ...answers])
}
