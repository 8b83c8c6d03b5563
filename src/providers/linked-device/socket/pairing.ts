import type { WASocket } from '@whiskeysockets/baileys'
import type { ConnectionPorts, ConnectionPurpose } from '../../contract.ts'

/** How long QR codes live: the first, and each further one. Six are shown. Source: the library's `qrTimeout`. */
const qrMs = { first: 60_000, next: 20_000 }
/** A pairing code lives for as long as all six QR codes. */
const codeMs = qrMs.first + 5 * qrMs.next

/** Reports the codes that a pairing shows. A pairing code is asked for once the server is ready to show a QR code. */
export function watchPairing({
  socket,
  purpose,
  ports,
  isLinked,
  onShown,
}: {
  socket: WASocket
  purpose: ConnectionPurpose
  ports: Pick<ConnectionPorts, 'onReport' | 'log'>
  isLinked(): boolean
  onShown(): void
}): void {
  let shown = 0
  socket.ev.on('connection.update', ({ qr }) => {
    if (qr === undefined || isLinked() || purpose.kind !== 'pair') return
    onShown()
    shown += 1
    if (purpose.method === 'qr') {
      ports.onReport({ kind: 'code', method: 'qr', shown: qr, forMs: shown === 1 ? qrMs.first : qrMs.next })
    } else if (shown === 1) {
      askCode(purpose.phone).catch((error: unknown) => {
        ports.log.debug({}, 'WhatsApp gave no pairing code')
        void socket.end(error instanceof Error ? error : undefined)
      })
    }
  })

  async function askCode(phone: string): Promise<void> {
    const code = await socket.requestPairingCode(phone)
    ports.onReport({ kind: 'code', method: 'code', shown: code, forMs: codeMs })
  }
}
