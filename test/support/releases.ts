// Releases for tests, signed as people sign them, and the keys they are signed with; made anew in every run, since none may lie in the tree.

import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFlashConfig } from '../../installer/flash/config.ts'
import { projectFile } from '../../installer/flash/options.ts'
import { newSigner, signRelease } from '../../installer/release/keys.ts'
import { makeRelease } from '../../installer/release/make.ts'
import { publicKeyLine, releaseFileOf, type SignedRelease, type Trust } from '../../shared/schema/release.ts'

const config = readFlashConfig(projectFile('flash.config.json'))
const signers = ['anne', 'bert', 'cleo', 'nobody'].map(name => newSigner(name, undefined))
/** Three people are trusted, and two of them must have signed; the fourth key is a stranger's. */
export const TRUST: Trust = { keys: signers.slice(0, 3).map(({ publicKey }) => publicKey), threshold: 2 }
export const TRUST_TEXT = TRUST.keys.map(publicKeyLine).join('\n')

export interface TestRelease {
  version: number
  floor?: number
  program?: Uint8Array
  /** By number: 0 … 2 are trusted, 3 is not. */
  signedBy?: number[]
}

export function aRelease({ version, floor = 1, program, signedBy = [0, 1] }: TestRelease): SignedRelease {
  const bytes = program ?? new Uint8Array(Buffer.from(`// program ${version}\n`.repeat(200), 'latin1'))
  const made = makeRelease(bytes, config, { name: `0.${version}.0`, version, floor })
  return signedBy.reduce((release, by) => signRelease(release, privateKeyOf(by)), made)
}

export function aReleaseFile(wish: TestRelease) {
  return releaseFileOf(aRelease(wish))
}

const folder = mkdtempSync(join(tmpdir(), 'nrt-trust-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** A file as NRT_RELEASE_KEYS_FILE names it; it goes with the process. */
export function trustFile(text = TRUST_TEXT): string {
  const path = join(mkdtempSync(join(folder, 'keys-')), 'release-keys.txt')
  writeFileSync(path, text)
  return path
}

function privateKeyOf(number: number) {
  return createPrivateKey(signers[number]?.privatePem as string)
}
