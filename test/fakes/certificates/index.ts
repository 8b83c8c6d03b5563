import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Certificates for receivers that speak https. `good`, `expired` and `wrong-name` are signed by `authority.pem`,
 * whose key nobody has any more; all share `key.pem`, which is worth nothing outside these tests. They are for
 * localhost, receiver.test and 127.0.0.1 (`wrong-name`: other.example), from 2020 to 2120 (`expired`: to 2021).
 */
export const certificateNames = ['good', 'expired', 'wrong-name', 'self-signed'] as const
export type CertificateName = (typeof certificateNames)[number]

/** The file of the authority, for NODE_EXTRA_CA_CERTS. */
export const authorityFile = fileURLToPath(new URL('authority.pem', import.meta.url))

/** What a TLS server needs to show a certificate. */
export function readCertificate(name: CertificateName): { key: string; cert: string } {
  const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')
  return { key: read('key.pem'), cert: read(`${name}.pem`) }
}
