import { describe, expect, test } from 'vitest'
import { numberAt } from '../../../shared/telegram/bytes.ts'
import { scaledNumber, unitExponent } from '../../../shared/telegram/number.ts'
import { latin1 } from '../../support/telegrams.ts'

describe.each([
  // text, unit expected, outcome
  ['009087.306*kWh', 'kWh', 9087306],
  ['000001.005*kWh', 'kWh', 1005],
  ['046077.141*kWh', 'kWh', 46077141],
  ['999999.999*kWh', 'kWh', 999999999],
  ['0123456.78*kWh', 'kWh', 123456780],
  ['006545766*Wh', 'kWh', 6545766],
  ['1.5*MWh', 'kWh', 1500000],
  ['001.19*kW', 'kW', 1190],
  ['000000286*W', 'kW', 286],
  ['000123.456kWh', 'kWh', 123456],
  ['00.007', 'm3', 7],
  ['231.4*V', 'V', 2314],
  ['230.15*V', 'V', 2302],
  ['230.149*V', 'V', 2301],
  ['002*A', 'A', 200],
  ['002.22*A', 'A', 222],
  ['791*mA', 'A', 79],
  ['795*mA', 'A', 80],
  ['08538.167*m3', 'm3', 8538167],
  ['00012.345*GJ', 'GJ', 12345],
  ['00012*MJ', 'GJ', 12],
  ['000063.781*kvarh', 'kvarh', 63781],
  ['00001234.432*kVArh', 'kvarh', 1234432],
  ['0001', '', 1],
  ['0083', '', 83],
  ['0000000000', 'm3', 0],
  ['', 'kWh', 'number'],
  ['.5*kWh', 'kWh', 'number'],
  ['5.*kWh', 'kWh', 'number'],
  ['1.2.3*kWh', 'kWh', 'number'],
  ['-1.5*kWh', 'kWh', 'number'],
  ['+1*kWh', 'kWh', 'number'],
  ['1e5*kWh', 'kWh', 'number'],
  ['00x1*kWh', 'kWh', 'number'],
  [' 12*kWh', 'kWh', 'number'],
  ['1234567890123*kWh', 'kWh', 'number'],
  ['999999999999.999*MWh', 'kWh', 'number'],
  ['1.2345678*kWh', 'kWh', 'number'],
  ['001.000*kW', 'kWh', 'unit'],
  ['001.000*kWh', 'kW', 'unit'],
  ['001.000*V', 'A', 'unit'],
  ['001.000*kVA', 'kW', 'unit'],
  ['001.000*', 'kWh', 'unit'],
  ['001.000**kWh', 'kWh', 'unit'],
  ['001*GJ', 'm3', 'unit'],
  ['0001*kWh', '', 'unit'],
  ['1.0', '', 'unit'],
])('%j as %j', (text, unit, outcome) => {
  test(`is ${outcome}`, () => {
    expect(scaledNumber(text, unit)).toBe(outcome)
  })

  test('reads the same from bytes', () => {
    const bytes = latin1(`(${text})\r\n!`)
    const exponent = unit === '' ? 0 : unitExponent(unit)
    expect(numberAt(bytes, 1, bytes.length - 1, unit, latin1(unit), exponent)).toBe(scaledNumber(text, unit))
  })
})

test('bytes without a closing bracket on the line are no number', () => {
  const bytes = latin1('(001.5*kWh\r\n1-0:1.8.2(2)\r\n!')
  expect(numberAt(bytes, 1, bytes.length - 1, 'kWh', latin1('kWh'), 3)).toBe('number')
})
