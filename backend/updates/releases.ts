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
import type { Store } from '../store/store.ts'
import { addEvent } from './rows.ts'

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
  /** The same release again is no news; more signatures change nothing. */
  add(release: SignedRelease, actor: string): Promise<Result<ReleaseView, AddFault>>
  /** Newest first. */
  list(limit: number): Promise<ReleaseView[]>
  show(version: number): Promise<ReleaseView | undefined>
}

const verifyEd25519: VerifyEd25519 = (publicKey, bytes, signature) => {
  const key = createPublicKey({ key: spkiOf(publicKey), format: 'der', type: 'spki' })
  return verify(null, bytes, key, signature)
}

export function openReleases({ registers }: Store, clock: Clock, trust: Trust | undefined): Releases {
  return { add, list, show }

  async function add(release: SignedRelease, actor: string): Promise<Result<ReleaseView, AddFault>> {
    if (trust === undefined) return failed({ code: 'release.no-keys' })
    const signers = signersOf(release, trust, verifyEd25519)
    if (!signers.ok) return signers
    const manifest = manifestOf(release, bytes => createHash('sha256').update(bytes).digest())
    if (!manifest.ok) return manifest
    const { version, release: name } = manifest.value
    const isKnown = await registers.transaction().execute(async trx => {
      const known = await trx.selectFrom('release').select('manifest').where('version', '=', version).executeTakeFirst()
      if (known !== undefined) return Buffer.compare(known.manifest, release.manifest) === 0
      const signatures = release.signatures.map(({ keyId, signature }) => ({
        keyId,
        signature: Buffer.from(signature).toString('base64'),
      }))
      const row = {
        version,
        name,
        manifest: release.manifest,
        program: release.program,
        addedAtS: clock.wallS(),
        addedBy: actor,
      }
      const texts = { signatures: JSON.stringify(signatures), signers: JSON.stringify(signers.value) }
      const { no } = await trx
        .insertInto('release')
        .values({ ...row, ...texts })
        .returning('no')
        .executeTakeFirstOrThrow()
      const detail = `version ${version}, signed by ${signers.value.join(' ')}`
      await addEvent(trx, { atS: clock.wallS(), actor, kind: 'release', releaseNo: no, detail })
      return true
    })
    return isKnown ? ok((await show(version)) as ReleaseView) : failed({ code: 'release.known' })
  }

  function rows() {
    return registers.selectFrom('release').select(['version', 'name', 'manifest', 'signers', 'addedAtS', 'addedBy'])
  }

  async function list(limit: number): Promise<ReleaseView[]> {
    return (await rows().orderBy('version', 'desc').limit(limit).execute()).map(viewOf)
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
