// What no linter here knows: calls that only a shell may make, leftovers, and folders that must stay small. Each finding names the
// replacement. Cores get time and chance as arguments (docs/architecture.md); only the shells below read them.

import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ROOMS = ['shared', 'gateway', 'backend', 'firmware', 'installer']
const SHELLS = [
  'firmware/host/',
  'backend/portal/live/session.ts',
  'backend/portal/doctor/diagnosis.ts',
  'backend/portal/operator/market-form.tsx',
  'backend/portal/parts/kept.ts',
  'installer/flash/run.ts',
  'installer/diagnose.ts',
  'installer/serve/clock.ts',
]

const BANNED: { pattern: RegExp; instead: string }[] = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)/, instead: 'take a Clock or the time as an argument' },
  { pattern: /\bMath\.random\(/, instead: 'take a Random, or bytes from node:crypto in the shell' },
  { pattern: /\bparseFloat\(/, instead: 'scale whole numbers from the text (shared/telegram/number.ts)' },
  {
    pattern: /\bconsole\.(log|debug)\(/,
    instead: 'use the logger that is passed in; a command writes to process.stdout',
  },
]
const LEFTOVER = /\b(FIXME|TODO|HACK)\b|\.only\(|^\s*debugger\b/

function sources(folders: string[]): string[] {
  return folders.flatMap(folder => globSync(`${folder}/**/*.{ts,tsx}`)).sort()
}

function findings(files: string[], find: (line: string) => string | undefined): string[] {
  return files.flatMap(file =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, at) => {
        const found = find(line.replace(/^\s*(\/\/|\*|\/\*\*).*/, ''))
        return found === undefined ? [] : [`${file}:${at + 1}: ${found}`]
      }),
  )
}

test('cores read no clock, draw no chance, and pass no number through a float', () => {
  const cores = sources(ROOMS).filter(file => !SHELLS.some(shell => file.startsWith(shell)))
  expect(cores.length).toBeGreaterThan(150)
  const found = findings(cores, line => {
    const hit = BANNED.find(({ pattern }) => pattern.test(line))
    return hit && `${hit.pattern.source}: ${hit.instead}`
  })
  expect(found).toEqual([])
})

test('nothing is left over', () => {
  const all = sources([...ROOMS, 'scripts', 'bench', 'test']).filter(file => file !== 'test/tidy.test.ts')
  expect(findings(all, line => LEFTOVER.exec(line)?.[0])).toEqual([])
})

test('the product names no real telegram: corpus files are read where they are, never copied', () => {
  const copied = globSync('{test,docs,bench,firmware,shared}/**/*.{txt,bin,raw}').filter(
    file => file !== 'test/sim/seeds.txt',
  )
  expect(copied.filter(file => !file.startsWith('test/golden/'))).toEqual([])
})
