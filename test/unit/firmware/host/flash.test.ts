import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Cut, FLASH_BYTES, openFlashChip, PAGE_BYTES, PowerCut } from '../../../../firmware/host/flash.ts'
import fc from '../../../support/given-cases.ts'

const folder = mkdtempSync(join(tmpdir(), 'nrt-flash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const AT = 0x310000

test('any writes to a page leave the AND of all of them, an erase leaves FF', () => {
  const write = fc.record({
    at: fc.nat(PAGE_BYTES - 16),
    data: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  })
  const chip = openFlashChip({})
  fc.assert(
    fc.property(fc.array(write, { maxLength: 20 }), writes => {
      chip.erasePage(AT)
      const model = new Uint8Array(PAGE_BYTES).fill(0xff)
      for (const one of writes) {
        chip.write(AT + one.at, one.data)
        one.data.forEach((byte, i) => {
          model[one.at + i]! &= byte
        })
      }
      expect(Buffer.from(chip.read(AT, PAGE_BYTES)).equals(model)).toBe(true)
    }),
  )
})

test('an image in a file is there again after closing', () => {
  const path = join(folder, 'kept.flash')
  const first = openFlashChip({ path })
  first.write(AT, Uint8Array.of(1, 2, 3))
  first.close()
  const second = openFlashChip({ path })
  expect([...second.read(AT, 4)]).toEqual([1, 2, 3, 0xff])
  second.close()
})

test('an address outside the chip is an error, not a wrap', () => {
  const chip = openFlashChip({})
  expect(() => chip.read(FLASH_BYTES - 1, 2)).toThrow(RangeError)
  expect(() => chip.write(-1, Uint8Array.of(1))).toThrow(RangeError)
})

describe('a power cut in a write', () => {
  const outcomes: [cut: Cut, left: number[]][] = [
    ['before', [0xff, 0xff, 0xff, 0xff]],
    ['half', [0x00, 0x00, 0x55, 0xff]],
    ['after', [0x00, 0x00, 0x00, 0x00]],
  ]
  test.each(outcomes)('%s it leaves %j, and the chip is dead until it is opened again', (cut, left) => {
    const chip = openFlashChip({ fault: () => cut })
    expect(() => chip.write(AT, new Uint8Array(4))).toThrow(PowerCut)
    expect(chip.isDead).toBe(true)
    expect(() => chip.read(AT, 1)).toThrow(PowerCut)
    const again = openFlashChip({ image: chip.memory })
    expect([...again.read(AT, 4)]).toEqual(left)
  })

  test('half an erase leaves the second half of the page as it was', () => {
    const old = openFlashChip({})
    old.write(AT, new Uint8Array(PAGE_BYTES))
    const chip = openFlashChip({ image: old.memory, fault: () => 'half' })
    expect(() => chip.erasePage(AT)).toThrow(PowerCut)
    const left = openFlashChip({ image: chip.memory }).read(AT, PAGE_BYTES)
    expect([left[0], left[PAGE_BYTES / 2 - 1], left[PAGE_BYTES / 2 + 1], left[PAGE_BYTES - 1]]).toEqual([
      255, 255, 0, 0,
    ])
  })
})

test('the fault sees every operation with its number and place', () => {
  const seen: string[] = []
  const chip = openFlashChip({
    fault: operation => {
      seen.push(`${operation.index} ${operation.kind} ${operation.at.toString(16)}+${operation.length}`)
      return 'none'
    },
  })
  chip.erasePage(AT + 5)
  chip.write(AT + 8, Uint8Array.of(1, 2))
  expect(seen).toEqual(['0 erase 310000+4096', '1 write 310008+2'])
})
