import { Curve, type KeyPair, proto, WA_CERT_DETAILS } from '@whiskeysockets/baileys'

/**
 * The key pair that signs the fake's certificates, in hex. It is fixed, so that a service can be configured with
 * it before the fake starts, and it is worth nothing outside tests.
 */
const rootPrivateKey = '40d721e6fbd8b2375c05b891858e1ee14eddaeee839fe7194080cf4bde2cc943'
export const rootPublicKey = 'bab3787fb2eab2a7bca05b7fcba4fbfec0e80344b979c6e61b9eba2342db1156'

/** The key with which the server proves itself in the handshake, and the chain of certificates for it. */
export interface Authority {
  serverKey: KeyPair
  /** A serialised `CertChain`: the root signs the intermediate certificate, and that one signs the leaf. */
  chain: Uint8Array
}

export function createAuthority(): Authority {
  const intermediate = Curve.generateKeyPair()
  const serverKey = Curve.generateKeyPair()
  const chain = proto.CertChain.encode({
    intermediate: certificate(
      { serial: 1, issuerSerial: WA_CERT_DETAILS.SERIAL, key: intermediate.public },
      Buffer.from(rootPrivateKey, 'hex'),
    ),
    leaf: certificate({ serial: 2, issuerSerial: 1, key: serverKey.public }, intermediate.private),
  }).finish()
  return { serverKey, chain }
}

function certificate(
  content: { serial: number; issuerSerial: number; key: Uint8Array },
  signer: Uint8Array,
): proto.CertChain.INoiseCertificate {
  const details = proto.CertChain.NoiseCertificate.Details.encode(content).finish()
  return { details, signature: Curve.sign(signer, details) }
}
