import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A key and a certificate for it, as PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const HOUR_MS = 3_600_000
const LOOPBACK = [Buffer.from([127, 0, 0, 1]), Buffer.from([...new Array<number>(15).fill(0), 1])]

// The few pieces of DER (ITU-T X.690) that a certificate is made of.
const SEQUENCE = 0x30
const SET = 0x31
const OID = {
  ecdsaWithSha256: Buffer.from('2a8648ce3d040302', 'hex'),
  commonName: Buffer.from('550403', 'hex'),
  subjectAltName: Buffer.from('551d11', 'hex'),
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const oid = (bytes: Uint8Array) => der(0x06, bytes)
const utf8 = (value: string) => der(0x0c, Buffer.from(value))
const time = (at: number) =>
  der(0x18, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}Z`))

/** Makes a self-signed certificate for `localhost`, 127.0.0.1 and ::1 that is valid for some hours. */
export function createCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid(OID.commonName), utf8('localhost'))))
  const algorithm = der(SEQUENCE, oid(OID.ecdsaWithSha256))
  const alternatives = der(
    SEQUENCE,
    der(0x82, Buffer.from('localhost')),
    ...LOOPBACK.map((address) => der(0x87, address)),
  )
  const now = Date.now()
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    der(SEQUENCE, time(now - HOUR_MS), time(now + 12 * HOUR_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, oid(OID.subjectAltName), der(0x04, alternatives)))),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const base64 = der(SEQUENCE, body, algorithm, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  }
}
