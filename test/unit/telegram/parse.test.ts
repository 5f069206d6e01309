import { describe, expect, test } from 'vitest'
import { withChecksum } from '../../../firmware/host/meter.ts'
import { FIELD_NAMES } from '../../../shared/reading/fields.ts'
import { furtherRows, readingRows } from '../../../shared/telegram/obis.ts'
import { parseInFull, parseTelegram } from '../../../shared/telegram/parse.ts'
import type { Telegram } from '../../../shared/telegram/telegram.ts'
import { TelegramFields } from '../../../shared/telegram/telegram-fields.ts'
import { dongleFields, framed, latin1, newScan, present, scannedFields } from '../../support/telegrams.ts'

function textOf(...lines: string[]): string {
  return withChecksum(['/TST5', '', ...lines, '!'].join('\r\n'))
}

function parsed(...lines: string[]): Telegram {
  const [readout] = framed(latin1(textOf(...lines))).readouts
  return parseInFull(readout as NonNullable<typeof readout>)
}

/** The fields of `lines`, after checking that the dongle reads the same. */
function fieldsOf(...lines: string[]): { [name: string]: unknown } {
  const fields = present({ ...parsed(...lines).fields })
  expect(scannedFields(textOf(...lines).trimEnd())).toEqual(dongleFields(fields))
  return fields
}

function faultsOf(...lines: string[]): string[] {
  return parsed(...lines).faults.map(fault => `${fault.code} ${fault.obis ?? ''}`.trimEnd())
}

describe('the table of objects', () => {
  test('every number, text and list has its place in the fields', () => {
    const kept = [...readingRows(), ...furtherRows()].filter(row => !['raw', 'limit', 'limits'].includes(row[2]))
    const names = Object.keys(new TelegramFields())
    expect(kept.map(row => row[1]).filter(name => !names.includes(name))).toEqual([])
  })

  test('every field of a reading comes from a row, a month peak or an M-Bus meter', () => {
    const rows = readingRows().map(row => row[1])
    const others = ['monthPeakAtS', 'gasDm3', 'gasAtS', 'waterDm3', 'waterAtS', 'heatMJ', 'heatAtS']
    expect(FIELD_NAMES.filter(name => !rows.includes(name) && !others.includes(name))).toEqual([])
  })

  test('no code stands in it twice', () => {
    const codes = [...readingRows(), ...furtherRows()].map(row => row[0])
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([])
  })
})

describe('one odd field costs only itself', () => {
  const good = '1-0:2.8.1(000002.000*kWh)'

  test.each([
    ['1-0:1.8.1(00x1.000*kWh)', 'telegram.bad-number 1-0:1.8.1'],
    ['1-0:1.8.1()', 'telegram.bad-number 1-0:1.8.1'],
    ['1-0:1.8.1(000001.000*kWh', 'telegram.bad-number 1-0:1.8.1'],
    ['1-0:1.8.1(000001.000*kW)', 'telegram.bad-unit 1-0:1.8.1'],
    ['0-0:96.14.0(0001*kW)', 'telegram.bad-unit 0-0:96.14.0'],
    ['0-0:1.0.0(260230120000W)', 'telegram.bad-time 0-0:1.0.0'],
    ['0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(260801000000S)(260714101500S)(44.100*kW)', 'telegram.bad-history 0-0:98.1.0'],
    ['0-0:98.1.0(x)', 'telegram.bad-history 0-0:98.1.0'],
    ['1-0:1.6.0(260714101500S)', 'telegram.no-value 1-0:1.6.0'],
    ['1-0:1.6.0(260714101500S)(x*kW)', 'telegram.bad-number 1-0:1.6.0'],
    ['1-0:31.4.0(x*A)', 'telegram.bad-number 1-0:31.4.0'],
    ['1-0:17.0.0.0(1)', 'telegram.bad-line'],
    ['1-0:1.8.1 (000001.000*kWh)', 'telegram.bad-line'],
    ['01-0:1.8.1(000001.000*kWh)', 'telegram.bad-line'],
    ['(000001.000*kWh)', 'telegram.bad-line'],
    ['1-0:1.8.9999(1)', 'telegram.bad-line'],
  ])('%s is %s', (line, fault) => {
    expect(faultsOf(line, good)).toEqual([fault])
    expect(faultsOf(good, line)).toEqual([fault])
    expect(fieldsOf(line, good)).toMatchObject({ injectionT1Wh: 2000 })
  })

  test('the fault says where', () => {
    const [fault] = parsed('1-0:1.8.1(00x1.000*kWh)').faults
    const text = textOf('1-0:1.8.1(00x1.000*kWh)')
    expect(text.substr(fault?.at ?? 0, fault?.length)).toBe('00x1.000*kWh')
  })

  test('a month peak with an odd time keeps its value', () => {
    expect(fieldsOf('1-0:1.6.0(269914101500S)(01.500*kW)')).toEqual({ monthPeakOfftakeW: 1500 })
    expect(faultsOf('1-0:1.6.0(269914101500S)(01.500*kW)')).toEqual(['telegram.bad-time 1-0:1.6.0'])
  })

  test('of an object that comes twice the first one counts, odd or not', () => {
    expect(fieldsOf('1-0:1.7.0(00.001*kW)', '1-0:1.7.0(00.002*kW)')).toEqual({ offtakeW: 1 })
    expect(fieldsOf('1-0:1.7.0(x)', '1-0:1.7.0(00.002*kW)')).toEqual({})
    expect(fieldsOf('1-1:1.7.0(00.001*kW)', '1-0:1.7.0(00.002*kW)')).toEqual({ offtakeW: 1 })
    expect(faultsOf('1-0:1.7.0(00.001*kW)', '1-0:1.7.0(00.002*kW)')).toEqual(['telegram.duplicate 1-0:1.7.0'])
  })

  test('unknown objects are kept and counted', () => {
    const telegram = parsed('9-9:99.99.9(x)', good, '0-0:96.99.0(1)')
    expect([telegram.unknown.length, telegram.faults]).toEqual([2, []])
  })
})

test('digits without end are no number and no time', () => {
  const endless = '2'.repeat(200)
  expect(fieldsOf(`1-0:1.8.1(${endless}*kWh)`, `0-0:1.0.0(${endless}W)`, `0-0:96.14.0(${endless})`)).toEqual({})
  expect(fieldsOf(`1-0:1.6.0(${endless}W)(00.001*kW)`)).toEqual({ monthPeakOfftakeW: 1 })
})

describe('texts', () => {
  test.each([
    [`0-0:96.1.1(${'3154535430303030303030323137'})`, { meterSerial: '1TST0000000217' }],
    ['0-0:96.1.1(1111111111111111111111111111)', { meterSerial: '1111111111111111111111111111' }],
    ['0-0:96.1.1()', {}],
    [`0-0:96.1.4(${'20'.repeat(48)})`, {}],
    ['0-0:96.1.4(50217)', { version: '50217' }],
    ['0-0:96.1.4(3231313130)', { version: '21110' }],
    [`0-0:96.1.2(${'2D'.repeat(18)})`, {}],
    ['0-0:96.1.2(353431343430303132333435363738393030)', { ean: '541440012345678900' }],
    ['0-0:96.1.2(12345)', {}],
    ['0-0:96.13.0()', {}],
    ['0-0:96.13.0(48C3)', { textMessage: '48C3' }],
    ['0-0:96.13.0(4869)', { textMessage: 'Hi' }],
  ])('%s', (line, fields) => {
    expect(fieldsOf(line)).toEqual(fields)
  })

  test('the serial is that of 96.1.1 where there is one, wherever it stands', () => {
    const [own, name] = ['0-0:96.1.1(OWN)', '0-0:42.0.0(NAME)']
    expect(fieldsOf(own, name)).toEqual({ meterSerial: 'OWN' })
    expect(fieldsOf(name, own)).toEqual({ meterSerial: 'OWN' })
    expect(fieldsOf(name, '0-0:96.1.1()')).toEqual({ meterSerial: 'NAME' })
  })
})

describe('limits', () => {
  test.each([
    ['0-0:17.0.0(999.9*kW)', {}],
    ['0-0:17.0.0(99.999*kW)', {}],
    ['0-0:17.0.0(0999.00*kW)', {}],
    ['0-0:17.0.0(10.500*kW)', { limitW: 10500 }],
    ['0-0:17.0.0(14.950*kVA)', { limitVA: 14950 }],
    ['0-0:17.0.0(016*A)', { limitcA: 1600 }],
    ['1-0:31.4.0(999*A)', {}],
    ['1-0:31.4.0(999.99*A)', {}],
    ['1-0:31.4.0(040.00*A)', { fuseOfftakecA: 4000 }],
    ['1-1:31.4.0(65.0*A,-65.0*A)', { fuseOfftakecA: 6500, fuseInjectioncA: 6500 }],
    ['1-1:31.4.0(100*A)(-063*A)', { fuseOfftakecA: 10000, fuseInjectioncA: 6300 }],
  ])('%s', (line, fields) => {
    expect(fieldsOf(line)).toEqual(fields)
  })
})

describe('M-Bus meters', () => {
  const gas = (channel: number, at: string, m3: string) => [
    `0-${channel}:24.1.0(003)`,
    `0-${channel}:24.2.1(${at})(${m3}*m3)`,
  ]

  test('the type decides, not the code', () => {
    expect(fieldsOf('0-1:24.1.0(007)', '0-1:24.2.3(260715120000S)(00001.500*m3)')).toMatchObject({ waterDm3: 1500 })
    expect(fieldsOf('0-1:24.1.0(003)', '0-1:24.2.1(260715120000S)(00001.500*m3)')).toMatchObject({ gasDm3: 1500 })
    expect(fieldsOf('0-1:24.1.0(012)', '0-1:24.2.1(260715120000S)(00001.500*GJ)')).toMatchObject({ heatMJ: 1500 })
    expect(fieldsOf('0-1:24.1.0(099)', '0-1:24.2.1(260715120000S)(00001.500*m3)')).toEqual({})
    expect(fieldsOf('0-1:24.2.1(260715120000S)(00001.500*m3)')).toEqual({})
  })

  test('the type may stand behind the value', () => {
    expect(fieldsOf(...gas(4, '260715120000S', '00001.500').reverse())).toMatchObject({ gasDm3: 1500 })
  })

  test('of two of a kind the newer capture counts, of equal ones the lower channel', () => {
    const [old, young] = ['260715120000S', '260715120500S']
    expect(fieldsOf(...gas(1, old, '00001.000'), ...gas(2, young, '00002.000'))).toMatchObject({ gasDm3: 2000 })
    expect(fieldsOf(...gas(2, young, '00002.000'), ...gas(1, old, '00001.000'))).toMatchObject({ gasDm3: 2000 })
    expect(fieldsOf(...gas(3, old, '00003.000'), ...gas(2, old, '00002.000'))).toMatchObject({ gasDm3: 2000 })
  })

  test('a filler time with nothing counted is no meter; with something it is one without a clock', () => {
    expect(fieldsOf(...gas(1, '632525252525W', '00000.000'))).toEqual({})
    expect(fieldsOf(...gas(1, '632525252525W', '00001.000'))).toEqual({ gasDm3: 1000 })
    expect(faultsOf(...gas(1, '632525252525W', '00000.000'))).toEqual([])
  })

  test('the long form of DSMR 2.2, on one line and on two', () => {
    const long = '0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)'
    const wanted = { gasDm3: 124477, gasAtS: 1337212800 }
    expect(fieldsOf('0-1:24.1.0(3)', `${long}(00124.477)`)).toEqual(wanted)
    expect(fieldsOf('0-1:24.1.0(3)', long, '(00124.477)')).toEqual(wanted)
  })

  test('an odd value is a fault of its channel alone', () => {
    expect(
      faultsOf('0-1:24.1.0(003)', '0-1:24.2.1(260715120000S)(x)', ...gas(2, '260715120000S', '00002.000')),
    ).toEqual(['telegram.bad-number 0-1:24.2.1'])
    expect(faultsOf('0-1:24.1.0(x)')).toEqual(['telegram.bad-number 0-1:24.1.0'])
    expect(faultsOf('0-1:24.1.0(003)', '0-1:24.2.1(260715120000S)')).toEqual(['telegram.no-value 0-1:24.2.1'])
  })
})

describe('following the telegram before', () => {
  const lines = ['0-0:1.0.0(260715120000S)', '1-0:1.7.0(00.100*kW)', '0-0:96.1.1(OWN)', '1-0:2.7.0(00.200*kW)']
  const change = (from: string, to: string) => lines.map(line => line.replace(from, to))

  test.each([
    ['a value', change('00.100', '00.333')],
    ['the clock and a value', change('120000S', '120001S').map(line => line.replace('00.200', '09.999'))],
    ['nothing', lines],
    ['a text', change('OWN', 'NEW')],
    ['a value that is now odd', change('00.100', '00x100')],
    ['an odd clock', change('260715', '269915')],
    ['another unit', change('00.100*kW', '00100.0*W')],
    ['an object for another', change('1-0:2.7.0', '1-0:3.7.0')],
    ['the order', [...lines].reverse()],
    ['the length', change('OWN', 'LONGER')],
    ['one object twice', change('1-0:2.7.0', '1-0:1.7.0')],
  ])('gives what reading in full gives when %s changed', (_, changed) => {
    const [before, after] = [lines, changed].map(some => framed(latin1(textOf(...some))).readouts[0])
    parseInFull(before as NonNullable<typeof before>)
    const followed = parseTelegram(after as NonNullable<typeof after>)
    expect({ ...followed, fields: { ...followed.fields } }).toEqual({
      ...parsed(...changed),
      fields: { ...parsed(...changed).fields },
    })
    const scan = newScan()
    scannedFields(textOf(...lines), scan)
    expect(scannedFields(textOf(...changed), scan)).toEqual(dongleFields(followed.fields))
  })

  test('gives nothing of the one before when the checksum is wrong', () => {
    const [good] = framed(latin1(textOf(...lines))).readouts
    parseInFull(good as NonNullable<typeof good>)
    const [bad] = framed(latin1(textOf(...lines).replace('00.100', '00.101'))).readouts
    expect(present({ ...parseTelegram(bad as NonNullable<typeof bad>).fields })).toEqual({})
  })
})
