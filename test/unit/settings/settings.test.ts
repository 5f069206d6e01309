// Settings from environment and file, as `nrt config check` and the servers read them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ALL_SETTINGS, loadSettings, PROGRAMS } from '../../../installer/serve/settings.ts'
import { allowedBy, type Setting } from '../../../shared/schema/settings.ts'
import { nrt } from '../../support/nrt-command.ts'
import { selfSignedCertificate } from '../../support/self-signed-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'nrt-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))
const LINK_KEY = 'k'.repeat(40)

/** A setting's row in docs/settings.md as it must begin. */
function rowOf({ name, schema, standard, isSecret }: Setting): string {
  const isFolder = String(standard).startsWith('/') // the program's own, wherever it lies
  const shown = standard === undefined ? (isSecret ? 'none (secret)' : 'none') : isFolder ? 'built' : `\`${standard}\``
  return `| \`${name}\` | ${shown} | ${allowedBy(schema)} |`
}

function fileOf(...lines: string[]): string {
  const path = join(folder, `${lines.length}.conf`)
  writeFileSync(path, lines.join('\n'))
  return path
}

test('the environment wins over the file, the file over the default, and each setting says where it comes from', () => {
  const file = fileOf(
    '# comments are fine',
    'NRT_INTERVAL_S=20',
    'NRT_MQTT_HOST="10.0.0.9"',
    `NRT_LINK_KEY=${LINK_KEY}`,
  )
  const { faults, standing } = loadSettings('gateway', { NRT_INTERVAL_S: '30' }, file)
  expect(faults).toEqual([])
  const of = (name: string) => standing.find(one => one.name === name)
  expect(of('NRT_INTERVAL_S')).toMatchObject({ value: '30', origin: 'environment' })
  expect(of('NRT_MQTT_HOST')).toMatchObject({ value: '10.0.0.9', origin: 'file' })
  expect(of('NRT_MQTT_PORT')).toMatchObject({ value: 1883, origin: 'default' })
  expect(of('NRT_LINK_KEY')).toEqual({ name: 'NRT_LINK_KEY', value: null, origin: 'file', isSecret: true })
})

test('a secret may be the content of a file of its own, and one that cannot be read is named', () => {
  const path = join(folder, 'link.key')
  writeFileSync(path, `${LINK_KEY}\n`)
  expect(loadSettings('backend', { NRT_LINK_KEY_FILE: path })).toMatchObject({
    faults: [],
    texts: { NRT_LINK_KEY: LINK_KEY },
  })
  const { faults } = loadSettings('backend', { NRT_LINK_KEY_FILE: join(folder, 'none') })
  expect(faults.map(({ code, name }) => [code, name])).toEqual([
    ['config.unreadable', 'NRT_LINK_KEY_FILE'],
    ['config.incomplete', 'NRT_LINK_KEY'],
  ])
})

test('every wrong value of every part is named in one go, with what was found and what is allowed', () => {
  const file = fileOf('NRT_QUEUE_BATCHES_MAX=many', 'NRT_INTREVAL_S=5', 'PATH=/bin')
  const environment = {
    NRT_MQTT_PORT: '70000',
    NRT_LINK_KEY: 'short',
    NRT_HTTP_PROT: '1',
    NRT_BACKEND: 'here',
    HOME: '/root',
  }
  const { faults, warnings } = loadSettings('gateway', environment, file)
  expect(faults.map(({ name, found, code }) => [name, found, code])).toEqual([
    ['NRT_INTREVAL_S', null, 'config.unknown'],
    ['PATH', null, 'config.unknown'],
    ['NRT_MQTT_PORT', '70000', 'config.wrong-value'],
    ['NRT_QUEUE_BATCHES_MAX', 'many', 'config.wrong-value'],
    ['NRT_BACKEND', 'here', 'config.wrong-value'],
    ['NRT_LINK_KEY', null, 'config.wrong-value'],
  ])
  expect(faults[0]?.sentence).toBe(`NRT_INTREVAL_S in ${file} is no setting. Is NRT_INTERVAL_S meant?`)
  expect(faults.every(({ allowed }) => allowed !== '')).toBe(true)
  expect(warnings.map(({ sentence }) => sentence)).toEqual([
    'NRT_HTTP_PROT in the environment is no setting. Is NRT_HTTP_PORT meant?',
  ])
})

test('a line of the file that is no setting is named by its number, and what does not fit together beside what is wrong by itself', () => {
  const file = fileOf('NRT_HTTP_PORT: 8081', '  # fine', 'export NRT_HTTP_HOST = ::1', '', 'NRT_KEK=12', 'nothing')
  const environment = {
    NRT_OIDC_ISSUER: 'http://idp.example',
    NRT_TRUSTED_PROXIES: 'proxy',
    NRT_REGISTER_URL: 'x',
    NRT_REGISTER_KEY: 'short',
  }
  const { faults } = loadSettings('start', environment, file)
  expect(faults.map(({ code, name }) => `${code} ${name}`)).toEqual([
    ...['config.no-setting NRT_CONFIG_FILE', 'config.no-setting NRT_CONFIG_FILE'],
    ...['config.wrong-value NRT_KEK', 'config.wrong-value NRT_REGISTER_KEY'],
    ...[
      'config.wrong-value NRT_REGISTER_URL',
      'config.wrong-value NRT_OIDC_ISSUER',
      'config.wrong-value NRT_TRUSTED_PROXIES',
    ],
  ])
  expect(faults[1]?.sentence).toBe(`Line 6 of ${file} is no setting: a line is NAME=value, or begins with #.`)
  const of = (backend: string) => loadSettings('gateway', { NRT_LINK_KEY: LINK_KEY, NRT_BACKEND: backend }).faults
  for (const backend of ['a:0', 'a:65536', 'a:7071,b:99999', ':1']) expect(of(backend)).toHaveLength(1)
  for (const backend of ['a:1', 'a:65535', '[::1]:7071,b:443']) expect(of(backend)).toEqual([])
})

test('a certificate that cannot be read, is none, or has another key is said before a start fails by it', () => {
  const [one, other] = [selfSignedCertificate('one'), selfSignedCertificate('other')]
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const cert = write('cert.pem', one.cert)
  const said = (certFile: string, keyFile: string) =>
    loadSettings('start', {
      ...{ NRT_MQTT_TLS_PORT: '0', NRT_MQTT_TLS_CERT_FILE: certFile, NRT_MQTT_TLS_KEY_FILE: keyFile },
    }).faults.map(({ sentence }) => sentence.replaceAll(folder, ''))
  expect(said(cert, write('key.pem', one.key))).toEqual([])
  expect(said(cert, write('other.pem', other.key))).toEqual([
    'NRT_MQTT_TLS_KEY_FILE is not the key of NRT_MQTT_TLS_CERT_FILE.',
  ])
  expect(said(join(folder, 'key.pem'), join(folder, 'none.pem'))).toEqual([
    'NRT_MQTT_TLS_CERT_FILE names a file that is no certificate in PEM: "/key.pem".',
    'NRT_MQTT_TLS_KEY_FILE names a file that cannot be read: "/none.pem".',
  ])
  const keys = loadSettings('backend', { NRT_LINK_KEY: LINK_KEY, NRT_RELEASE_KEYS_FILE: join(folder, 'none') })
  expect(keys.faults.map(({ code }) => code)).toEqual(['config.unreadable'])
})

test('all parts may share one file: what is another part’s setting is no mistake', () => {
  const file = fileOf('NRT_HTTP_PORT=80', 'NRT_BACKEND=b:1', `NRT_LINK_KEY=${LINK_KEY}`, 'NRT_LINK_PORT=1')
  for (const program of PROGRAMS) expect(loadSettings(program, {}, file).faults).toEqual([])
})

test('each name means one setting, and docs/settings.md has them all with default and bounds', () => {
  const settings = ALL_SETTINGS.flatMap(table => Object.values(table))
  const names = [...new Set(settings.map(({ name }) => name))]
  // Both ends of the link have its key.
  expect(settings.length).toBe(names.length + 1)
  const rows = readFileSync('docs/settings.md', 'utf8').split('\n')
  const missing = settings.map(rowOf).filter(row => !rows.some(line => line.startsWith(row)))
  expect(missing).toEqual([])
})

test('nrt config check says what is wrong, exits with 1, and never shows a secret', async () => {
  const secret = 'a-secret-that-is-nobodys-business-at-all'
  const env = { NRT_LINK_KEY: secret, NRT_KEK: secret, NRT_OPERATOR_KEY: secret }
  const { code, out, err } = await nrt(['config', 'check', '--for', 'backend'], { env })
  expect([code, err]).toEqual([1, ''])
  expect(out).toContain('wrong: NRT_KEK must be 64 hexadecimal digits (32 bytes), not what it is.')
  expect(out).toMatch(/NRT_OPERATOR_KEY +\(set, not shown\) +\[environment\]/)
  const json = await nrt(['config', 'check', '--for', 'gateway', '--json'], { env })
  expect(json.code).toBe(0)
  expect(JSON.parse(json.out)).toMatchObject({ program: 'gateway', isRight: true, faults: [] })
  expect(out + json.out).not.toContain(secret)
  expect(await nrt(['config', 'check', '--for', 'toaster'])).toMatchObject({ code: 2 })
})
