// The keys of people who vouch for releases: Ed25519 (RFC 8032), made here, kept in files that only their owner reads. A private key leaves
// its file for the length of one signature, and is never printed.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import {
  type PublicKey,
  publicKeyOf,
  type SignedRelease,
  signedBytes,
  spkiOf,
  type VerifyEd25519,
} from '../../shared/schema/release.ts'

export interface NewSigner {
  publicKey: PublicKey
  /** PKCS#8 in PEM, encrypted where there is a passphrase. */
  privatePem: string
}

export function newSigner(name: string, passphrase: string | undefined): NewSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher }) as string
  return { publicKey: publicPartOf(publicKey, name), privatePem }
}

/** Undefined when it is no Ed25519 key, or the passphrase is not its own. */
export function openSigner(privatePem: string, passphrase: string | undefined): KeyObject | undefined {
  try {
    const key = createPrivateKey({ key: privatePem, passphrase: passphrase ?? '' })
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined // node says why in words that may quote the file: nobody needs them
  }
}

/** The release with one more signature; again with the same key changes nothing, as Ed25519 has no chance in it. */
export function signRelease(release: SignedRelease, key: KeyObject): SignedRelease {
  const { keyId } = publicPartOf(createPublicKey(key), '')
  const signature = new Uint8Array(sign(null, signedBytes(release.manifest), key))
  const others = release.signatures.filter(one => one.keyId !== keyId)
  return { ...release, signatures: [...others, { keyId, signature }] }
}

export const verifyEd25519: VerifyEd25519 = (publicKey, bytes, signature) => {
  const key = createPublicKey({ key: spkiOf(publicKey), format: 'der', type: 'spki' })
  return verify(null, bytes, key, signature)
}

function publicPartOf(key: KeyObject, name: string): PublicKey {
  return publicKeyOf(key.export({ format: 'der', type: 'spki' }), name) as PublicKey
}
