// A release as a file that travels from the build to people with keys and on to the backend: the manifest's bytes, the program, and the
// signatures so far. And who is trusted: the keys that an operator has pinned, and how many of them it takes. Node rooms only.

import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { asciiBytes } from '../envelope/crypto.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import { decodeManifest, type Manifest, PROGRAM_BYTES_MAX, RELEASE_SIGNED_PREFIX } from '../update/manifest.ts'

export const RELEASE_FORMAT = 'nrt-release-1'
/** A program fits a slot of the flash; base64 and the rest around it. */
export const RELEASE_FILE_BYTES_MAX = 262_144
const SIGNATURES_MAX = 16
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64

const Base64 = (maxLength: number) => Type.String({ maxLength, pattern: '^[A-Za-z0-9+/]*={0,2}$' })

export const ReleaseFileSchema = Type.Object(
  {
    format: Type.Literal(RELEASE_FORMAT),
    manifest: Base64(1024),
    program: Base64(200_000),
    signatures: Type.Array(
      Type.Object(
        { keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }), signature: Base64(88) },
        { additionalProperties: false },
      ),
      { maxItems: SIGNATURES_MAX },
    ),
  },
  { additionalProperties: false },
)
export type ReleaseFile = Static<typeof ReleaseFileSchema>
const releaseFile = Compile(ReleaseFileSchema)

export interface SignedRelease {
  manifest: Uint8Array
  program: Uint8Array
  signatures: { keyId: string; signature: Uint8Array }[]
}

/** An Ed25519 key (RFC 8032). `keyId` is the first 8 of its 32 bytes, in hexadecimal: it finds the key, and proves nothing. */
export interface PublicKey {
  keyId: string
  name: string
  bytes: Uint8Array
}

/** The keys that count, and how many of them must have signed. */
export interface Trust {
  keys: PublicKey[]
  threshold: number
}

export type ReleaseFault =
  | { code: 'release.malformed' }
  /** The program is not the one of the manifest. */
  | { code: 'release.other-program' }
  /** By a trusted key, but not of these bytes. */
  | { code: 'release.signature-wrong'; keyId: string }
  | { code: 'release.too-few-signatures'; signed: number; needed: number }

export type TrustFault =
  | { code: 'trust.line'; line: number }
  | { code: 'trust.twice'; line: number }
  | { code: 'trust.threshold' }

export type VerifyEd25519 = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean

/** Never throws. */
export function readReleaseFile(text: string): Result<SignedRelease, ReleaseFault> {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return failed({ code: 'release.malformed' })
  }
  return releaseFile.Check(file) ? releaseOf(file) : failed({ code: 'release.malformed' })
}

export function releaseOf(file: ReleaseFile): Result<SignedRelease, ReleaseFault> {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
  const signatures = file.signatures.map(({ keyId, signature }) => ({ keyId, signature: bytes(signature) }))
  if (signatures.some(({ signature }) => signature.length !== SIGNATURE_BYTES))
    return failed({ code: 'release.malformed' })
  return ok({ manifest: bytes(file.manifest), program: bytes(file.program), signatures })
}

export function releaseFileOf({ manifest, program, signatures }: SignedRelease): ReleaseFile {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const signed = signatures.map(({ keyId, signature }) => ({ keyId, signature: text(signature) }))
  return { format: RELEASE_FORMAT, manifest: text(manifest), program: text(program), signatures: signed }
}

/** What a key signs: the manifest's bytes behind words that no other use of the key has. */
export function signedBytes(manifest: Uint8Array): Uint8Array {
  const words = asciiBytes(RELEASE_SIGNED_PREFIX)
  const bytes = new Uint8Array(words.length + manifest.length)
  bytes.set(words)
  bytes.set(manifest, words.length)
  return bytes
}

/** The manifest, if the program is the one that it names. Says nothing about who made it. */
export function manifestOf(
  release: SignedRelease,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Result<Manifest, ReleaseFault> {
  const manifest = decodeManifest(release.manifest)
  if (manifest === undefined || manifest.bytes > PROGRAM_BYTES_MAX) return failed({ code: 'release.malformed' })
  const isProgram =
    manifest.bytes === release.program.length && Buffer.compare(manifest.sha256, sha256(release.program)) === 0
  return isProgram ? ok(manifest) : failed({ code: 'release.other-program' })
}

/**
 * The distinct trusted keys that have signed, as key ids. One wrong signature by a trusted key spoils the whole: somebody has altered
 * something. Signatures by keys that are not trusted count for nothing and harm nothing.
 */
export function signersOf(release: SignedRelease, trust: Trust, verify: VerifyEd25519): Result<string[], ReleaseFault> {
  const bytes = signedBytes(release.manifest)
  const signers = new Set<string>()
  for (const { keyId, signature } of release.signatures) {
    const key = trust.keys.find(one => one.keyId === keyId)
    if (key === undefined) continue
    if (!verify(key.bytes, bytes, signature)) return failed({ code: 'release.signature-wrong', keyId })
    signers.add(keyId)
  }
  if (signers.size < trust.threshold) {
    return failed({ code: 'release.too-few-signatures', signed: signers.size, needed: trust.threshold })
  }
  return ok([...signers])
}

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, section 4): this, then its 32 bytes. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

export function spkiOf(publicKey: Uint8Array): Buffer {
  return Buffer.concat([SPKI_HEAD, publicKey])
}

/** Undefined when it is not the form of an Ed25519 key. */
export function publicKeyOf(spki: Uint8Array, name: string): PublicKey | undefined {
  const bytes = new Uint8Array(spki.subarray(SPKI_HEAD.length))
  const isOne = bytes.length === PUBLIC_KEY_BYTES && Buffer.compare(spkiOf(bytes), spki) === 0
  return isOne ? { keyId: keyIdOf(bytes), name, bytes } : undefined
}

function keyIdOf(publicKey: Uint8Array): string {
  return Buffer.from(publicKey.subarray(0, 8)).toString('hex')
}

/** One line of a file of public keys: the key in base64, then whose it is. */
export function publicKeyLine({ bytes, name }: PublicKey): string {
  return `${Buffer.from(bytes).toString('base64')} ${name}`
}

/** Lines as of publicKeyLine(); empty ones and those with # are passed over. A key counts once. */
export function readTrust(text: string, threshold: number): Result<Trust, TrustFault> {
  const keys: PublicKey[] = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, base64, name] = /^([A-Za-z0-9+/]{43}=) +(\S.*)$/.exec(line.trim()) ?? []
    const bytes = new Uint8Array(Buffer.from(base64 ?? '', 'base64'))
    if (name === undefined || bytes.length !== PUBLIC_KEY_BYTES) return failed({ code: 'trust.line', line: at + 1 })
    const keyId = keyIdOf(bytes)
    if (keys.some(key => key.keyId === keyId)) return failed({ code: 'trust.twice', line: at + 1 })
    keys.push({ keyId, name, bytes })
  }
  if (threshold < 1 || threshold > keys.length) return failed({ code: 'trust.threshold' })
  return ok({ keys, threshold })
}
