// `nrt release`: keys that lie closed, a manifest that names its program, signatures that count only from distinct trusted keys, and a command
// line that says no where it should.

import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { newSigner, openSigner, verifyEd25519 } from '../../../installer/release/keys.ts'
import {
  manifestOf,
  publicKeyLine,
  readReleaseFile,
  readTrust,
  releaseFileOf,
  signersOf,
} from '../../../shared/schema/release.ts'
import fc from '../../support/given-cases.ts'
import { nrt } from '../../support/nrt-command.ts'
import { aRelease, TRUST, TRUST_TEXT } from '../../support/releases.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const folder = mkdtempSync(join(tmpdir(), 'nrt-release-'))
const path = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('signatures', () => {
  const signed = (signedBy: number[]) => signersOf(aRelease({ version: 3, signedBy }), TRUST, verifyEd25519)

  test.each([
    [[0, 1], true],
    [[2, 1], true],
    [[0, 1, 2], true],
    [[0, 1, 3], true],
    [[], false],
    [[0], false],
    [[0, 0], false],
    [[0, 3], false],
    [[3], false],
  ])('by %j: %s', (signedBy, isEnough) => {
    expect(signed(signedBy).ok).toBe(isEnough)
  })

  test('of one key count once, however often it stands there', () => {
    const release = aRelease({ version: 3, signedBy: [0] })
    const [one] = release.signatures
    const twice = { ...release, signatures: [one, one] as typeof release.signatures }
    expect(signersOf(twice, TRUST, verifyEd25519)).toEqual({
      ok: false,
      fault: { code: 'release.too-few-signatures', signed: 1, needed: 2 },
    })
  })

  test('of another manifest spoil the whole, whatever else is signed', () => {
    const release = aRelease({ version: 3, signedBy: [0, 1, 2] })
    const other = aRelease({ version: 4, signedBy: [0] }).signatures[0] as (typeof release.signatures)[number]
    const mixed = { ...release, signatures: [other, ...release.signatures.slice(1)] }
    expect(signersOf(mixed, TRUST, verifyEd25519)).toMatchObject({ fault: { code: 'release.signature-wrong' } })
  })

  test('hold for exactly these bytes: one bit of manifest, program or signature and it is refused', () => {
    const release = aRelease({ version: 3 })
    fc.assert(
      fc.property(fc.constantFrom('manifest', 'program', 'signature'), fc.nat(), fc.nat(7), (part, at, bit) => {
        const flipped = (bytes: Uint8Array): Uint8Array =>
          bytes.map((byte, i) => (i === at % bytes.length ? byte ^ (1 << bit) : byte))
        const hurt =
          part === 'signature'
            ? {
                ...release,
                signatures: release.signatures.map(one => ({ ...one, signature: flipped(one.signature) })),
              }
            : { ...release, [part]: flipped(release[part as 'manifest' | 'program']) }
        expect(signersOf(hurt, TRUST, verifyEd25519).ok && manifestOf(hurt, sha256).ok).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test('stand in a file that comes back as it went, and no other text is one', () => {
    const release = aRelease({ version: 3 })
    const text = JSON.stringify(releaseFileOf(release))
    expect(readReleaseFile(text)).toEqual({ ok: true, value: release })
    fc.assert(
      fc.property(fc.string(), other => {
        expect(readReleaseFile(other).ok).toBe(false)
      }),
    )
    for (const wrong of [
      text.replace('nrt-release-1', 'nrt-release-2'),
      text.replace('"signatures"', '"x"'),
      '{}',
      '',
    ]) {
      expect(readReleaseFile(wrong)).toEqual({ ok: false, fault: { code: 'release.malformed' } })
    }
  })
})

describe('the list of trusted keys', () => {
  test('has a line a key, comments, and no key twice', () => {
    expect(readTrust(`# ours\n\n${TRUST_TEXT}\n`, 2)).toEqual({ ok: true, value: TRUST })
    const line = publicKeyLine(newSigner('dora', undefined).publicKey)
    expect(readTrust(`${line}\n${line.replace('dora', 'eve')}`, 1)).toMatchObject({
      fault: { code: 'trust.twice', line: 2 },
    })
    expect(readTrust(`${TRUST_TEXT}\nhello world`, 2)).toMatchObject({ fault: { code: 'trust.line', line: 4 } })
    for (const threshold of [0, 4]) {
      expect(readTrust(TRUST_TEXT, threshold)).toMatchObject({ fault: { code: 'trust.threshold' } })
    }
  })
})

describe('a private key', () => {
  test('opens with its own passphrase only', () => {
    const { privatePem } = newSigner('anne', 'a long one')
    expect(openSigner(privatePem, 'a long one')).toBeDefined()
    for (const wrong of ['another', '', undefined]) expect(openSigner(privatePem, wrong)).toBeUndefined()
    expect(openSigner('-----BEGIN NOTHING-----', undefined)).toBeUndefined()
  })
})

describe('the command line', () => {
  const HUSH = { NRT_RELEASE_PASSPHRASE: 'canary-passphrase' }

  test('goes from keys to a release that two of three have signed', async () => {
    const said: string[] = []
    const run = async (args: string[], code: number, env = {}) => {
      const done = await nrt(['release', ...args], { env })
      const out = done.out + done.err
      said.push(out)
      expect([args[0], done.code, out]).toEqual([args[0], code, out])
      return out
    }
    writeFileSync(path('program.js'), '// a program\n'.repeat(1000))
    await run(['keygen', '--name', 'anne', '--out', path('anne')], 2)
    await run(['keygen', '--name', 'anne', '--out', path('anne')], 0, HUSH)
    await run(['keygen', '--name', 'anne', '--out', path('anne')], 2, HUSH)
    await run(['keygen', '--name', 'bert', '--out', path('bert'), '--no-passphrase'], 0)
    expect(statSync(path('anne.key')).mode & 0o777).toBe(0o600)
    const pinned = [
      ...['anne', 'bert'].map(name => readFileSync(path(`${name}.pub`), 'utf8').trim()),
      TRUST_TEXT.split('\n')[0],
    ]
    writeFileSync(path('keys.txt'), pinned.join('\n'))

    const made = ['make', path('program.js'), '--name', '0.2.0', '--version', '12', '--out', path('r.release')]
    expect(await run(made, 0)).toContain('13000')
    await run(made, 2)
    await run([...made.slice(0, 5), '0', ...made.slice(6)], 2)
    const verify = ['verify', path('r.release'), '--keys', path('keys.txt')]
    expect(await run(verify, 1)).toContain('release.too-few-signatures')
    await run(['sign', path('r.release'), '--key', path('anne.key')], 2)
    await run(['sign', path('r.release'), '--key', path('anne.key')], 0, HUSH)
    await run(['sign', path('r.release'), '--key', path('anne.key')], 0, HUSH)
    expect(await run(verify, 1)).toContain('1 trusted keys')
    await run(['sign', path('r.release'), '--key', path('bert.key')], 0)
    expect(await run([...verify, '--json'], 0)).toContain('"signedBy":["anne","bert"]')
    expect(await run(['show', path('r.release')], 0)).toContain('0.2.0')
    await run(['verify', path('none'), '--keys', path('keys.txt')], 2)
    await run(['upload', path('r.release')], 2)

    const altered = JSON.parse(readFileSync(path('r.release'), 'utf8'))
    altered.program = Buffer.from('// another program').toString('base64')
    writeFileSync(path('altered.release'), JSON.stringify(altered))
    expect(await run(['show', path('altered.release')], 1)).toContain('release.other-program')
    await run(['sign', path('altered.release'), '--key', path('bert.key')], 1)

    const privates = ['anne', 'bert'].flatMap(name =>
      readFileSync(path(`${name}.key`), 'utf8')
        .split('\n')
        .slice(1, -2),
    )
    for (const secret of ['canary-passphrase', ...privates]) expect(said.join('\n')).not.toContain(secret)
  })

  test('explains itself', async () => {
    for (const command of ['release', 'rollout']) {
      const { code, out } = await nrt([command, '--help'])
      expect(code).toBe(0)
      expect(out).toContain('Exit codes')
    }
  })
})
