import { createPrivateKey, X509Certificate } from 'node:crypto'
import { unprocessable } from '../../http/answer.ts'

/** What a certificate that somebody brings says of itself. */
export interface OwnCertificate {
  readonly dnsNames: string[]
  readonly notAfterMs: number
  /** In hexadecimal, without colons. */
  readonly sha1: string
}

/**
 * Reads a certificate in PEM, and holds its private key and its chain against it.
 * @throws ApiError 422 for what is none, does not belong together, or is past its time
 */
export function readOwnCertificate(
  pem: { readonly leaf: string; readonly key: string; readonly chain: string },
  now: number,
): OwnCertificate {
  const leaf = parsed(() => new X509Certificate(pem.leaf), 'Leaf certificate is invalid')
  const key = parsed(() => createPrivateKey(pem.key), 'Private key is invalid')
  if (!leaf.checkPrivateKey(key)) {
    throw unprocessable('Private key does not match the leaf certificate')
  }
  if (pem.chain !== '') {
    parsed(() => new X509Certificate(pem.chain), 'Certificate chain is invalid')
  }
  const notAfterMs = Date.parse(leaf.validTo)
  if (notAfterMs <= now) throw unprocessable('Leaf certificate has expired')
  return { dnsNames: dnsNamesOf(leaf), notAfterMs, sha1: hexOf(leaf.fingerprint) }
}

function parsed<T>(read: () => T, message: string): T {
  try {
    return read()
  } catch {
    // OpenSSL's own words say nothing of which of the parts it was.
    throw unprocessable(message)
  }
}

function dnsNamesOf({ subject, subjectAltName }: X509Certificate): string[] {
  const alternative = [...(subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name)
  const common = /^CN=(.+)$/m.exec(subject)?.[1]
  const names = alternative.length > 0 ? alternative : [common]
  return names.filter((name) => name !== undefined)
}

function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}
