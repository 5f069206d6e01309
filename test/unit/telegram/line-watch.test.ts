// Situations of the line between meter and dongle, made bit by bit, and the word each of them gets.

import { describe, expect, test } from 'vitest'
import { createHousehold } from '../../../firmware/host/household.ts'
import { type MeterModel, telegramText } from '../../../firmware/host/meter.ts'
import { OLD_P1_FORMAT, P1_FORMAT, throughUart, type UartFormat } from '../../../firmware/host/uart.ts'
import { randomBelow, seededRandom } from '../../../shared/kernel/random.ts'
import { noiseKind } from '../../../shared/telegram/line-watch.ts'

const START_S = 1_790_000_000
const MODELS: MeterModel[] = ['fluvius', 'sibelga-s210', 'sibelga-t210d', 'iskra', 'dsmr5', 'luxembourg']

function telegramOf(model: MeterModel): Uint8Array {
  const household = createHousehold({ seed: 3, startS: START_S, hasPhases: !model.startsWith('sibelga') })
  return Buffer.from(telegramText(model, household.next(START_S)), 'latin1')
}
const read = (model: MeterModel, sending: UartFormat, receiving: UartFormat, isInverted = false) =>
  Buffer.from(throughUart(telegramOf(model), sending, receiving, isInverted)).toString('latin1')
/** Every piece of the length that the watch keeps. */
const samples = (text: string) =>
  Array.from({ length: Math.floor(text.length / 96) }, (_, i) => text.slice(i * 96, (i + 1) * 96))

describe.each(MODELS)('a meter like %s', model => {
  test('is read as it was sent by a receiver of its own format', () => {
    expect(throughUart(telegramOf(model), P1_FORMAT, P1_FORMAT)).toEqual(new Uint8Array(telegramOf(model)))
    expect(throughUart(telegramOf(model), OLD_P1_FORMAT, OLD_P1_FORMAT)).toEqual(new Uint8Array(telegramOf(model)))
  })

  // the receiver needs some characters to find the stop bits
  test.each([
    ['inverted', 'with its line turned over', read(model, P1_FORMAT, P1_FORMAT, true), 1],
    ['parity', 'with a parity bit in the eighth place', read(model, { ...OLD_P1_FORMAT, baud: 115_200 }, P1_FORMAT), 0],
    ['slow', 'at 9600 bits a second', read(model, OLD_P1_FORMAT, P1_FORMAT), 0],
    ['slow', 'at 9600 and turned over', read(model, OLD_P1_FORMAT, P1_FORMAT, true), 0],
  ])('is called %s when it comes %s', (word, _, text, skipped) => {
    for (const sample of samples(text).slice(skipped)) expect([noiseKind(sample), sample]).toEqual([word, sample])
  })

  test('is plain noise at the wrong speed the other way round', () => {
    expect(noiseKind(read(model, P1_FORMAT, OLD_P1_FORMAT).slice(-96))).toBe('noise')
  })

  test('a receiver of 7E1 reads 8N1 of the same speed, ASCII having no eighth bit', () => {
    expect(read(model, { ...P1_FORMAT, baud: 9600 }, OLD_P1_FORMAT)).toBe(
      Buffer.from(telegramOf(model)).toString('latin1'),
    )
  })
})

test('text, random bytes and a few characters of anything are noise', () => {
  const random = seededRandom(1)
  for (let i = 0; i < 2000; i++) {
    const bytes = String.fromCharCode(...Array.from({ length: 96 }, () => randomBelow(random, 256)))
    expect(noiseKind(bytes)).toBe('noise')
  }
  expect(noiseKind('a log of some other device, 12:34:56, all well, 0 errors, 17 warnings'.repeat(2))).toBe('noise')
  expect(noiseKind('\x00')).toBe('noise')
  expect(noiseKind('')).toBe('noise')
})
