// What every access register behind the platform must do, whichever machine it is: run it over an adapter and a way to change what the market
// knows. It asks through the interface only.

import { beforeEach, describe, expect, test } from 'vitest'
import type { AccessRegister } from '../../backend/access-register/access-register.ts'
import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import { valueOrThrow } from './facts.ts'

export interface RegisterUnderTest {
  register: AccessRegister
  /** The market changes its mind: these entries are in effect now. */
  market(entries: RegisterEntry[]): Promise<void>
  end(): Promise<void>
}

export const SINCE_S = 1_700_000_000

export function anEntry(change: Partial<RegisterEntry> = {}): RegisterEntry {
  return {
    ean: '999999990000000104',
    holderId: 'person-A',
    sinceS: SINCE_S,
    meterSerial: '1SAG1100000001',
    country: 'BE',
    timeZone: 'Europe/Brussels',
    ...change,
  }
}

/** `open` is called anew for each test. */
export function describeRegister(name: string, open: () => Promise<RegisterUnderTest>): void {
  describe(`an access register: ${name}`, () => {
    let t: RegisterUnderTest
    beforeEach(async () => {
      t = await open()
      return () => t.end()
    })
    const held = async (holderId: string) =>
      valueOrThrow(await t.register.pointsOf(holderId)).sort((a, b) => a.ean.localeCompare(b.ean))
    async function feed(after = '', limit = 100) {
      const { items, next } = valueOrThrow(await t.register.changes(after, limit))
      return { items, next }
    }
    const first = anEntry()
    const second = anEntry({ ean: '999999990000000111', meterSerial: null })

    test('says all that a person holds, and nothing of anybody else', async () => {
      await t.market([first, second, anEntry({ ean: '999999990000000128', holderId: 'person-B' })])
      expect(await held('person-A')).toEqual([first, second])
      expect(await held('person-C')).toEqual([])
    })

    test('a point that changes hands is the new holder’s, and the old one’s no more', async () => {
      await t.market([first])
      const moved = { ...first, holderId: 'person-B', sinceS: SINCE_S + 500 }
      await t.market([moved])
      expect(await held('person-A')).toEqual([])
      expect(await held('person-B')).toEqual([moved])
    })

    test('a point that nobody holds belongs to nobody', async () => {
      await t.market([first])
      await t.market([{ ...first, holderId: null, sinceS: SINCE_S + 500 }])
      expect(await held('person-A')).toEqual([])
      expect((await feed()).items.at(-1)?.holderId).toBeNull()
    })

    test('another meter behind a point is said', async () => {
      await t.market([first])
      await t.market([{ ...first, meterSerial: '1SAG1100000002' }])
      expect((await held('person-A'))[0]?.meterSerial).toBe('1SAG1100000002')
    })

    test('serials come as people read them, also when the market writes them as the P1 port does', async () => {
      await t.market([{ ...first, meterSerial: Buffer.from('1sag1100000001').toString('hex') }])
      expect((await held('person-A'))[0]?.meterSerial).toBe('1SAG1100000001')
    })

    test('the feed has every change in order, goes on where one stopped, and says the same again', async () => {
      const { next: before } = await feed()
      await t.market([first])
      await t.market([second])
      const moved = { ...first, holderId: 'person-B', sinceS: SINCE_S + 500 }
      await t.market([moved])
      const whole = await feed(before)
      expect(whole.items).toEqual([first, second, moved])
      expect(await feed(before)).toEqual(whole)
      const taken: RegisterEntry[] = []
      let cursor = before
      for (let turn = 0; turn < 4; turn++) {
        const { items, next } = await feed(cursor, 1)
        taken.push(...items)
        cursor = next
      }
      expect(taken).toEqual(whole.items)
      expect(await feed(cursor)).toEqual({ items: [], next: cursor })
    })

    test('the last that the feed says of a point is how it stands', async () => {
      await t.market([first, second])
      await t.market([{ ...second, holderId: 'person-B' }])
      const last = new Map((await feed()).items.map(entry => [entry.ean, entry]))
      expect([...last.values()].filter(entry => entry.holderId === 'person-A')).toEqual(await held('person-A'))
      expect([...last.values()].filter(entry => entry.holderId === 'person-B')).toEqual(await held('person-B'))
    })
  })
}
