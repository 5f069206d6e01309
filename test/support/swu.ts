// An update file as SWUpdate takes it (.swu): a cpio archive with checksums whose first two files are the description and a signature
// of it. Written for tests, so that the real client has something to install; ours would come out of whatever builds the image.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SwuKey {
  /** Paths of PEM files. */
  certificate: string
  key: string
}

/** A key and a certificate for signing updates, as files in `folder`. */
export function newSwuKey(folder: string): SwuKey {
  const [certificate, key] = [join(folder, 'swu.crt'), join(folder, 'swu.key')]
  const subject = ['-subj', '/CN=releases', '-addext', 'extendedKeyUsage=emailProtection']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate]
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
  return { certificate, key }
}

/** One file that is to be installed at `path`, under a description that `signer` has signed. */
export function swuOf(version: string, data: Uint8Array, path: string, signer: SwuKey): Uint8Array {
  const sha256 = createHash('sha256').update(data).digest('hex')
  const file = `{ filename = "program"; path = "${path}"; sha256 = "${sha256}"; }`
  const description = Buffer.from(
    `software =\n{\n  version = "${version}";\n  hardware-compatibility: [ "1" ];\n  files: ( ${file} );\n}\n`,
  )
  const folder = mkdtempSync(join(signer.key, '..', 'swu-'))
  const [from, to] = [join(folder, 'sw-description'), join(folder, 'sw-description.sig')]
  writeFileSync(from, description)
  const sign = ['cms', '-sign', '-in', from, '-out', to, '-signer', signer.certificate, '-inkey', signer.key]
  execFileSync('openssl', [...sign, '-outform', 'DER', '-nosmimecap', '-binary'], { stdio: 'ignore' })
  return cpio([
    ['sw-description', description],
    ['sw-description.sig', readFileSync(to)],
    ['program', data],
  ])
}

/** The portable format with CRC, which is a sum of bytes: 13 numbers of 8 hex digits, name, data, each padded to four. */
function cpio(files: [name: string, data: Uint8Array][]): Uint8Array {
  const parts = [...files, ['TRAILER!!!', new Uint8Array()] as const].flatMap(([name, data], i) => {
    const sum = data.reduce((total, byte) => (total + byte) >>> 0, 0)
    const isEnd = name === 'TRAILER!!!'
    const numbers = [isEnd ? 0 : i + 1, isEnd ? 0 : 0o100644, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, sum]
    const head = `070702${numbers.map(value => value.toString(16).padStart(8, '0')).join('')}${name}\0`
    return [padded(Buffer.from(head)), padded(data)]
  })
  return new Uint8Array(Buffer.concat(parts))
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}
