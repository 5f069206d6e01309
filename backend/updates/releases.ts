// Releases as they were signed: taken only with enough signatures by keys that the operator has pinned, kept for good, never changed.

import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import {
  manifestOf,
  type ReleaseFault,
  type SignedRelease,
  signersOf,
  spkiOf,
  type Trust,
  type VerifyEd25519,
} from '../../shared/schema/release.ts'
import { decodeManifest, type Manifest } from '../../shared/update/manifest.ts'
import type { Newest } from '../api/pages.ts'
import type { Store } from '../store/store.ts'
import { addEvent, type Trx } from './rows.ts'

export type AddFault =
  | ReleaseFault
  /** This server has no keys to trust. */
  | { code: 'release.no-keys' }
  /** There is another release of this version. */
  | { code: 'release.known' }

export interface ReleaseView {
  version: number
  name: string
  manifest: Manifest
  signers: string[]
  addedAtS: number
  addedBy: string
}

export interface Releases {
  /** The same release again is no news; its signatures are then those that came with it. */
  add(release: SignedRelease, actor: string): Promise<Result<ReleaseView, AddFault>>
  /** Newest first. */
  list(page: Newest): Promise<ReleaseView[]>
  show(version: number): Promise<ReleaseView | undefined>
  /** Asked again before it is sent out: is what is stored still what enough of the keys that count now have signed? */
  isTrusted(version: number): Promise<boolean>
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

const verifyEd25519: VerifyEd25519 = (publicKey, bytes, signature) => {
  const key = createPublicKey({ key: spkiOf(publicKey), format: 'der', type: 'spki' })
  return verify(null, bytes, key, signature)
}

export function openReleases({ registers }: Store, clock: Clock, trust: Trust | undefined): Releases {
  return { add, list, show, isTrusted }

  async function add(release: SignedRelease, actor: string): Promise<Result<ReleaseView, AddFault>> {
    if (trust === undefined) return failed({ code: 'release.no-keys' })
    const signers = signersOf(release, trust, verifyEd25519)
    if (!signers.ok) return signers
    const manifest = manifestOf(release, sha256)
    if (!manifest.ok) return manifest
    const { version, release: name } = manifest.value
    const detail = `version ${version}, signed by ${signers.value.join(' ')}`
    const note = (trx: Trx, kind: string, releaseNo: number) =>
      addEvent(trx, { atS: clock.wallS(), actor, kind, releaseNo, detail })
    const isKnown = await registers.transaction().execute(async trx => {
      const signatures = release.signatures.map(({ keyId, signature }) => ({
        keyId,
        signature: Buffer.from(signature).toString('base64'),
      }))
      const texts = { signatures: JSON.stringify(signatures), signers: JSON.stringify(signers.value) }
      const known = await trx
        .selectFrom('release')
        .select(['no', 'manifest', 'signatures'])
        .where('version', '=', version)
        .executeTakeFirst()
      if (known !== undefined) {
        if (Buffer.compare(known.manifest, release.manifest) !== 0) return false
        if (known.signatures === texts.signatures) return true
        // The same with other signatures: of keys that have taken the place of others.
        await trx.updateTable('release').set(texts).where('no', '=', known.no).execute()
        await note(trx, 'release-signed-anew', known.no)
        return true
      }
      const row = {
        version,
        name,
        manifest: release.manifest,
        program: release.program,
        addedAtS: clock.wallS(),
        addedBy: actor,
      }
      const { no } = await trx
        .insertInto('release')
        .values({ ...row, ...texts })
        .returning('no')
        .executeTakeFirstOrThrow()
      await note(trx, 'release', no)
      return true
    })
    return isKnown ? ok((await show(version)) as ReleaseView) : failed({ code: 'release.known' })
  }

  function rows() {
    return registers.selectFrom('release').select(['version', 'name', 'manifest', 'signers', 'addedAtS', 'addedBy'])
  }

  async function isTrusted(version: number): Promise<boolean> {
    const row = await registers.selectFrom('release').selectAll().where('version', '=', version).executeTakeFirst()
    if (row === undefined || trust === undefined) return false
    const kept = JSON.parse(row.signatures) as { keyId: string; signature: string }[]
    const signatures = kept.map(({ keyId, signature }) => ({ keyId, signature: Buffer.from(signature, 'base64') }))
    const release = { manifest: new Uint8Array(row.manifest), program: new Uint8Array(row.program), signatures }
    return signersOf(release, trust, verifyEd25519).ok && manifestOf(release, sha256).ok
  }

  async function list({ before, limit }: Newest): Promise<ReleaseView[]> {
    return (await rows().where('version', '<', before).orderBy('version', 'desc').limit(limit).execute()).map(viewOf)
  }

  async function show(version: number): Promise<ReleaseView | undefined> {
    const row = await rows().where('version', '=', version).executeTakeFirst()
    return row && viewOf(row)
  }
}

function viewOf(
  row: Omit<ReleaseView, 'manifest' | 'signers'> & { manifest: Uint8Array; signers: string },
): ReleaseView {
  const manifest = decodeManifest(new Uint8Array(row.manifest)) as Manifest
  return { ...row, manifest, signers: JSON.parse(row.signers) as string[] }
}
