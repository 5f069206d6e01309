// What is printed on a label and typed by people: every slip is found, and one kind of code is not taken for the other.

import { expect, test } from 'vitest'
import {
  claimCodeFrom,
  claimSymbolText,
  grouped,
  setupNetworkName,
  setupPasswordFrom,
  setupSymbolText,
  ungrouped,
} from '../../../shared/kernel/claim-code.ts'
import { checkCharacter, dongleIdFrom, isDongleId } from '../../../shared/kernel/ids.ts'
import fc from '../../support/given-cases.ts'

const digits = fc.array(fc.nat(255), { minLength: 12, maxLength: 12 })
const isRight = (code: string) => checkCharacter(`C${code.slice(0, 12)}`) === code[12]

test('a claim code is never a dongle id, nor a dongle id a claim code', () => {
  fc.assert(
    fc.property(digits, numbers => {
      expect(isDongleId(claimCodeFrom(numbers))).toBe(false)
      expect(isRight(dongleIdFrom(numbers))).toBe(false)
      expect(isRight(claimCodeFrom(numbers))).toBe(true)
    }),
  )
})

test('what a person types of a label is what it says, in small letters and with hyphens, O for 0 and I or L for 1', () => {
  fc.assert(
    fc.property(digits, numbers => {
      for (const text of [dongleIdFrom(numbers), claimCodeFrom(numbers)]) {
        expect(ungrouped(grouped(text))).toBe(text)
        expect(ungrouped(` ${grouped(text).toLowerCase()} `)).toBe(text)
        const body = text.slice(0, 12)
        expect(ungrouped(body.replaceAll('0', 'o').replaceAll('1', 'l') + text[12])).toBe(text)
      }
    }),
  )
})

test('the symbols hold nothing that needs escaping', () => {
  fc.assert(
    fc.property(digits, digits, (a, b) => {
      const id = dongleIdFrom(a)
      expect(setupSymbolText(id, setupPasswordFrom(b))).toMatch(
        /^WIFI:T:WPA;S:NRT-[0-9A-Z]{5};P:[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4};;$/,
      )
      // all of it in QR's alphanumeric set
      expect(claimSymbolText(id, claimCodeFrom(b))).toMatch(/^P1D1:[0-9A-Z]{13}:[0-9A-Z]{13}$/)
      expect(id.endsWith(setupNetworkName(id).slice(4))).toBe(true)
    }),
  )
})
