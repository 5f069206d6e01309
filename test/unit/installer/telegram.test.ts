// The command as a person runs it: exit codes, streams, colours.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { telegramText, withChecksum } from '../../../firmware/host/meter.ts'
import { WORDS } from '../../../installer/telegram-words.ts'
import { furtherRows, readingRows } from '../../../shared/telegram/obis.ts'
import { nrt } from '../../support/nrt-command.ts'
import { latin1 } from '../../support/telegrams.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'nrt-telegram-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const READING = { timeS: 1_768_498_205, offtakeT1Wh: 12_345_678, offtakeW: 321, tariff: 1 }
const GOOD = telegramText('fluvius', READING)
const BAD = GOOD.replace('00.321', '00.322')

test('explains every line of a file in words, value and unit', async () => {
  const file = join(FOLDER, 'good.txt')
  writeFileSync(file, GOOD, 'latin1')
  const { code, out, err } = await nrt(['telegram', file])
  expect([code, err]).toEqual([0, ''])
  for (const line of GOOD.trimEnd()
    .split('\r\n')
    .filter(text => text !== ''))
    expect(out).toContain(line.slice(0, 40))
  expect(out).toMatch(/1-0:1\.8\.1\(012345\.678\*kWh\) +offtake since the start, register T1 +12345\.678 kWh/)
  expect(out).toMatch(/clock of the meter +2026-01-15 18:30:05 \+01:00/)
  expect(out).toMatch(/version of the P1 port +50217, DSMR 5\.0\.2 with e-MUCS 1\.7/)
  expect(out).toContain('1 found, 1 to be trusted.')
})

test('puts a caret under what is odd', async () => {
  const { out } = await nrt(['telegram', '-'], { input: latin1(withChecksum('/T\r\n\r\n1-0:1.7.0(00.x21*kW)\r\n!')) })
  const lines = out.split('\n')
  const at = lines.indexOf('1-0:1.7.0(00.x21*kW)')
  expect(lines.slice(at + 1, at + 3)).toEqual(['          ^^^^^^^^^', '          not a number (telegram.bad-number)'])
})

test('shows no values of a telegram whose checksum is wrong, and exits with 1', async () => {
  const { code, out } = await nrt(['telegram', '-'], { input: latin1(BAD) })
  expect(code).toBe(1)
  expect(out).toContain('values not shown')
  expect(out).toContain('telegram.crc-mismatch')
  expect(out).not.toContain('12345.678 kWh')
})

test('--json prints one object per readout, absent values left out', async () => {
  const { code, out } = await nrt(['telegram', '--json', '-'], { input: latin1(`noise${GOOD}${BAD}`) })
  const objects = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(code).toBe(1)
  expect(objects.length).toBe(2)
  expect(objects[0]).toMatchObject({ crcOk: true, meterSerial: '1TST0000000217', ...READING, faults: [] })
  expect(Object.keys(objects[0])).not.toContain('injectionW')
  expect(objects[1]).toMatchObject({ crcOk: false, faults: [{ code: 'telegram.crc-mismatch' }] })
  expect(Object.keys(objects[1])).not.toContain('offtakeW')
})

test('names encrypted frames and reads what comes after them', async () => {
  const body = Buffer.concat([Buffer.from('30', 'hex'), Buffer.from([0, 0, 0, 7]), Buffer.alloc(312, '/!\n')])
  const head = Buffer.concat([
    Buffer.from('db08', 'hex'),
    Buffer.from('TSTTSTTS'),
    Buffer.from([0x82, body.length >> 8, body.length & 255]),
  ])
  const input = Buffer.concat([head, body, Buffer.from(GOOD, 'latin1')])
  const words = await nrt(['telegram', '-'], { input })
  expect(words.out).toContain(
    'Encrypted frame (Luxembourg, Austria): system title 5453545453545453, frame counter 7, 330 bytes',
  )
  expect(words.out).toContain('12345.678 kWh')
  const [first, second] = (await nrt(['telegram', '--json', '-'], { input })).out.trimEnd().split('\n')
  expect(JSON.parse(first as string)).toMatchObject({ crcOk: false, faults: [{ code: 'telegram.encrypted' }] })
  expect(JSON.parse(second as string)).toMatchObject({ crcOk: true, offtakeW: 321 })
})

test('control characters of the line never reach the terminal', async () => {
  const { out } = await nrt(['telegram', '-'], {
    input: latin1(withChecksum('/T\x1b[31m\r\n\r\n9-9:1.1.1(\x07)\r\n!')),
  })
  expect([...out].filter(character => character < ' ' && character !== '\n')).toEqual([])
})

test('colours are for terminals only', async () => {
  expect((await nrt(['telegram', '-'], { input: latin1(BAD) })).out).not.toContain('\x1b')
  expect((await nrt(['telegram', '-'], { input: latin1(BAD), env: { FORCE_COLOR: '1' } })).out).toContain('\x1b')
  expect((await nrt(['telegram', '-'], { input: latin1(BAD), env: { NO_COLOR: '1' } })).out).not.toContain('\x1b')
})

test.each([
  ['no file', ['telegram', '/does/not/exist'], 2],
  ['no argument', ['telegram'], 2],
  ['an unknown option', ['telegram', '--yaml', '-'], 2],
  ['an unknown command', ['telegraph'], 2],
  ['nothing in it', ['telegram', '-'], 1],
  ['help', ['telegram', '--help'], 0],
])('%s exits with its code', async (_, args, code) => {
  expect((await nrt(args)).code).toBe(code)
})

test('every object has words', () => {
  const names = [...readingRows(), ...furtherRows()].map(row => row[1])
  expect(names.filter(name => !(name in WORDS))).toEqual([])
})

describe('npx nrt', () => {
  test('the launcher starts the same command', () => {
    const launcher = join(import.meta.dirname, '../../../installer/nrt.js')
    const child = spawnSync(process.execPath, [launcher, 'telegram', '--json', '-'], { input: GOOD, encoding: 'utf8' })
    expect([child.status, JSON.parse(child.stdout).crcOk]).toEqual([0, true])
  })
})
