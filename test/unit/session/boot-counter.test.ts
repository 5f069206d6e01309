// The boot counter: rises by one, survives every cut without giving a number twice, and jumps when it cannot read itself.

import { describe, expect, test } from 'vitest'
import { randomBelow, seededRandom } from '../../../shared/kernel/random.ts'
import { nextBoot } from '../../../shared/session/boot-counter.ts'
import { SYSTEM_SECTORS } from '../../../shared/session/system-page.ts'
import { CUT_MOMENTS, createNor, PowerCut } from '../../support/nor.ts'

const PER_PAGE = 32_640
const BOOT_JUMP = 65_536
const first = SYSTEM_SECTORS.bootCounter * 4096

describe('the boot counter', () => {
  test('counts from 1', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    expect([nextBoot(nor, 0), nextBoot(nor, 0), nextBoot(nor, 1), nextBoot(nor, 3)]).toEqual([1, 2, 3, 4])
  })

  test('goes over to the other page when one is used up, and erases twice in 65,000 starts', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    nextBoot(nor, 0)
    nor.cells.fill(0, first + 16, first + 4096 - 4) // as after 32,608 starts
    let boot = PER_PAGE - 32
    for (let i = 0; i < 40; i++) {
      const next = nextBoot(nor, 0)
      expect(next).toBe(boot + 1)
      boot = next
    }
    expect([...nor.erasesOf].slice(SYSTEM_SECTORS.bootCounter)).toEqual([1, 1])
    nor.cells.fill(0, first + 4096 + 16, first + 8192)
    expect(nextBoot(nor, 0)).toBe(2 * PER_PAGE + 1)
  })

  test('jumps ahead when a page cannot be read, once', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    for (let i = 0; i < 100; i++) nextBoot(nor, 0)
    nor.cells[first + 5]! ^= 1
    expect(nextBoot(nor, 0)).toBeGreaterThan(BOOT_JUMP)
    const boot = nextBoot(nor, 0)
    expect(nextBoot(nor, 0)).toBe(boot + 1)
  })

  test('never falls back on the older page when the newer one is unreadable', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    nextBoot(nor, 0)
    nor.cells.fill(0, first + 16, first + 4096)
    for (let i = 0; i < 500; i++) nextBoot(nor, 0)
    nor.cells[first + 4096 + 9]! ^= 0x10
    expect(nextBoot(nor, 0)).toBe(PER_PAGE + BOOT_JUMP + 1)
  })

  test('is above what the ring has seen, by the jump, when both pages are gone', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    expect(nextBoot(nor, 500)).toBe(500 + BOOT_JUMP + 1)
  })

  test('goes to the other page when the memory does not take the bit', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    nextBoot(nor, 0)
    const write = nor.write
    nor.write = (at, bytes) => (at < first + 4096 && at >= first ? undefined : write(at, bytes))
    const boot = nextBoot(nor, 0)
    expect(boot).toBeGreaterThan(BOOT_JUMP)
    expect(nextBoot(nor, 0)).toBeGreaterThan(boot)
  })

  test('never gives a number twice, whatever is cut, over 500 seeds', () => {
    let cuts = 0
    for (let seed = 0; seed < 500; seed++) {
      const random = seededRandom(seed)
      const nor = createNor(SYSTEM_SECTORS.count)
      // Near the end of the first page, so that the seeds pass over to the second one.
      nextBoot(nor, 0)
      nor.cells.fill(0, first + 16, first + 4096 - 4)
      let last = PER_PAGE - 32
      for (let i = 0; i < 50; i++) {
        if (randomBelow(random, 3) === 0) nor.cutAt(1 + randomBelow(random, 3), CUT_MOMENTS[randomBelow(random, 4)]!)
        try {
          const boot = nextBoot(nor, last)
          expect(boot).toBeGreaterThan(last)
          last = boot
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error
          cuts++
        }
      }
      expect(last).toBeGreaterThan(PER_PAGE)
    }
    expect(cuts).toBeGreaterThan(2000)
  })
})
