// The files that others run us by: every setting in them exists and has a value that the schema takes, what they call exists, and what makes
// them harmless is there. systemd's own judgement is asked where it is installed.

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadSettings, type Program } from '../../../installer/serve/settings.ts'

const UNITS = globSync('deploy/systemd/*.service')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
if (!hasSystemd) console.warn('skipped: systemd’s own judgement of the units needs systemd-analyze')

/** Environment as the file gives it; secrets in files are right, whatever they hold. */
function expectRight(program: Program, environment: { [name: string]: string }): void {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-deploy-'))
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'k'.repeat(40))
  const empty = join(folder, 'settings')
  writeFileSync(empty, program === 'start' ? '' : `NRT_LINK_KEY=${'k'.repeat(40)}\n`)
  const texts = Object.entries(environment).map(([name, value]) => {
    if (name === 'NRT_CONFIG_FILE') return [name, empty]
    return [name, name.endsWith('_FILE') ? secret : value]
  })
  const { faults, warnings } = loadSettings(program, Object.fromEntries(texts))
  expect([...faults, ...warnings].map(({ sentence }) => sentence)).toEqual([])
  rmSync(folder, { recursive: true })
}

/** Values by name, in order; a name may come again. */
function directivesOf(unit: string): [name: string, value: string][] {
  return readFileSync(unit, 'utf8')
    .split('\n')
    .filter(line => /^\w+=/.test(line))
    .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
}

test('there is a unit for each program', () => {
  expect(UNITS.map(path => basename(path)).sort()).toEqual([
    'nrt-backend.service',
    'nrt-gateway@.service',
    'nrt.service',
  ])
})

describe.each(UNITS)('%s', unit => {
  const directives = directivesOf(unit)
  const valuesOf = (name: string): string[] => directives.filter(([one]) => one === name).map(([, value]) => value)

  test('starts a program that is there, with settings that exist and are right', () => {
    const [start = ''] = valuesOf('ExecStart')
    const [, file = '', command] = start.replaceAll('/opt/nrt/', '').split(' ')
    expect(existsSync(file)).toBe(true)
    const environment = Object.fromEntries(valuesOf('Environment').map(text => text.split(/=(.*)/s).slice(0, 2)))
    expectRight((command ?? 'start') as Program, environment)
  })

  test('is started again whatever ended it, and for as long as it takes, but for wrong settings', () => {
    for (const [name, value] of [
      ['Restart', 'always'],
      ['StartLimitIntervalSec', '0'],
      ['RestartPreventExitStatus', '2'],
    ] as const) {
      expect([name, valuesOf(name)]).toEqual([name, [value]])
    }
  })

  test('is no root, changes nothing but its own data, and gains no right', () => {
    for (const [name, value] of [
      ['DynamicUser', 'yes'],
      ['ProtectSystem', 'strict'],
      ['NoNewPrivileges', 'yes'],
      ['CapabilityBoundingSet', ''],
    ] as const) {
      expect([name, valuesOf(name)]).toEqual([name, [value]])
    }
  })

  test.skipIf(!hasSystemd)('is found right by systemd, and little exposed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nrt-unit-'))
    const copy = join(folder, basename(unit).replace('@', '@1'))
    // Installed it is not, here; everything else is as it is.
    writeFileSync(copy, readFileSync(unit, 'utf8').replace('/opt/nrt/node_modules/.bin/node', process.execPath))
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' })
    expect(verified.stderr.split('\n').filter(line => line.includes(folder) || line.includes('nrt'))).toEqual([])
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', copy], {
      encoding: 'utf8',
    })
    expect(judged.stdout).toContain('Overall exposure level')
    expect(judged.status).toBe(0)
    rmSync(folder, { recursive: true })
  })
})

describe('deploy/compose.yaml', () => {
  interface Service {
    [key: string]: unknown
    command: string[]
    environment?: { [name: string]: string }
    secrets?: string[]
    networks: string[]
  }
  const compose = parse(readFileSync('deploy/compose.yaml', 'utf8'), { merge: true }) as {
    services: { [name: string]: Service }
    secrets: { [name: string]: { file: string } }
    networks: { [name: string]: { internal?: boolean } }
  }
  const services = Object.entries(compose.services)

  test.each(services)(
    '%s has no root, no capability, no way to gain a right, and a file system that it cannot write',
    (_name, service) => {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
      expect(service.user).toMatch(/^\$\{NRT_UID:-[1-9]\d*\}:/)
      expect(service.privileged).toBeUndefined()
    },
  )

  test.each(['gateway', 'backend'] as const)('%s is given settings that exist and are right', name => {
    const { environment = {}, command, secrets = [] } = compose.services[name] as Service
    expect(command).toEqual([name])
    expectRight(name, environment)
    const files = Object.values(environment).filter(value => value.startsWith('/run/secrets/'))
    expect(files.map(path => basename(path)).sort()).toEqual([...secrets].sort())
    for (const secret of secrets) expect(compose.secrets[secret]?.file).toMatch(/^\.\/(broker|secrets)\//)
  })

  test('gateways are on the inner network only, and nothing of the link is published', () => {
    expect(compose.services.gateway?.networks).toEqual(['inner'])
    expect(compose.networks.inner?.internal).toBe(true)
    const published = services.flatMap(([, service]) => (service.ports as string[] | undefined) ?? [])
    expect(published).toEqual(['1883:1883', '127.0.0.1:8080:8080'])
  })
})

test('the image ends as nobody of importance, and copies what is there', () => {
  const lines = readFileSync('deploy/Containerfile', 'utf8').split('\n')
  expect(lines.filter(line => line.startsWith('USER')).at(-1)).toBe('USER 1000:1000')
  for (const line of lines) {
    const path = /^COPY --from=build \/opt\/nrt\/(\S+)/.exec(line)?.[1]
    if (path !== undefined && !path.startsWith('dist')) expect([path, existsSync(path)]).toEqual([path, true])
  }
  // A backend serves the built pages and the words of every problem.
  for (const path of ['dist/portal', 'docs/problems'])
    expect(lines).toContain(`COPY --from=build /opt/nrt/${path} ${path}`)
  // Nothing that belongs to development alone is needed at run time: dependency-cruiser holds that for the rooms that are copied.
  expect(lines).toContain('ENTRYPOINT ["node", "installer/main.ts"]')
})
