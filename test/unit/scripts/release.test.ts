// What is given out: the same tree gives the same archive whatever machine packs it, the SBOM names all that runs, and an audit that nobody
// answered is no clean one. That two builds of one commit are the same is `npm run release -- --twice`.

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { verdictOf } from '../../../scripts/audit-dependencies.ts'
import { packFolder } from '../../../scripts/release-archive.ts'
import { makeSbom } from '../../../scripts/sbom.ts'

const ROOT = join(import.meta.dirname, '../../..')
const AT_S = 1_790_000_000
const folder = mkdtempSync(join(tmpdir(), 'nrt-pack-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function tree(name: string, order: string[], mode: number, mtimeS: number): string {
  const at = join(folder, name)
  mkdirSync(join(at, 'inner'), { recursive: true, mode: 0o700 })
  for (const file of order) {
    writeFileSync(join(at, file), `content of ${file}`)
    chmodSync(join(at, file), file.endsWith('.sh') ? mode | 0o100 : mode)
    utimesSync(join(at, file), mtimeS, mtimeS)
  }
  return at
}

test('the same content gives the same archive, whatever its times, rights and order are', async () => {
  const files = ['b.txt', 'a.sh', 'inner/c.txt']
  const one = tree('one', files, 0o644, 1000)
  const two = tree('two', files.toReversed(), 0o600, 2_000_000_000)
  await packFolder(one, 'nrt-1', join(folder, 'one.tgz'), AT_S)
  await packFolder(two, 'nrt-1', join(folder, 'two.tgz'), AT_S)
  const bytes = readFileSync(join(folder, 'one.tgz'))
  expect(readFileSync(join(folder, 'two.tgz')).equals(bytes)).toBe(true)
  const { stdout } = spawnSync('tar', ['-tvzf', join(folder, 'one.tgz')], { encoding: 'utf8' })
  expect(stdout).toMatch(/^-rwxr-xr-x .* nrt-1\/a\.sh$/m)
  expect(stdout).toMatch(/^-rw-r--r-- .* nrt-1\/inner\/c\.txt$/m)
  writeFileSync(join(two, 'b.txt'), 'content of b.txt!')
  await packFolder(two, 'nrt-1', join(folder, 'two.tgz'), AT_S)
  expect(readFileSync(join(folder, 'two.tgz')).equals(bytes)).toBe(false)
})

test('the SBOM is CycloneDX, names all that runs, and has nothing of when and where it was made', () => {
  const text = makeSbom(ROOT, AT_S)
  expect(text).not.toContain(ROOT)
  const bom = JSON.parse(text)
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { component: { name: 'nrt', type: 'application' } },
  })
  expect(bom.metadata.timestamp).toBe(new Date(AT_S * 1000).toISOString())
  expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  const components = bom.components as { name: string; version: string; purl?: string; licenses?: unknown[] }[]
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const [name, version] of Object.entries(dependencies)) {
    expect(components.find(one => one.name === name)?.version, name).toBe(version)
  }
  for (const name of ['vitest', 'typescript', '@biomejs/biome', 'tar']) {
    expect(devDependencies[name], name).toBeDefined()
    expect(components.map(one => one.name)).not.toContain(name)
  }
  expect(components.find(one => one.name === 'Espruino')?.purl).toMatch(/^pkg:github\/espruino\/espruino@[0-9a-f]{40}$/)
  expect(components.some(one => one.name === 'nrt dongle program')).toBe(true)
})

test('an audit is clean only if npm says so', () => {
  const report = (severity: string) =>
    JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: {
        leftpad: { name: 'leftpad', severity, range: '<1.0.1', via: [{ title: 'pads too far' }, 'other'] },
      },
    })
  expect(verdictOf(JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} }))).toEqual({ kind: 'clean', below: 0 })
  expect(verdictOf(report('moderate'))).toEqual({ kind: 'clean', below: 1 })
  for (const severity of ['high', 'critical']) {
    expect(verdictOf(report(severity))).toEqual({
      kind: 'holes',
      lines: [`${severity}: leftpad <1.0.1: pads too far; through other`],
    })
  }
  for (const text of ['', '{}', 'not JSON', '{"vulnerabilities":{}}'])
    expect(verdictOf(text).kind, text).toBe('not-asked')
  const refused = { message: 'request failed, reason: connect ECONNREFUSED', error: {} }
  expect(verdictOf(JSON.stringify(refused))).toEqual({ kind: 'not-asked', why: refused.message })
})
