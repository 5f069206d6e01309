// What a store does, whatever is beneath it: stored once, quarantine, losses as union facts, tenures as a fence, erasure, replay.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accountEvents } from '../../backend/accounts/account-events.ts'
import { newest } from '../../backend/api/pages.ts'
import { verifyAudit } from '../../backend/audit/audit.ts'
import { openOperateEvents } from '../../backend/operating/events.ts'
import { mergeRollups, type Rollup, rollupsOf, WIDTHS, type Width } from '../../backend/store/rollup.ts'
import type { Batch } from '../../shared/batch/batch.ts'
import { aBatch, aDay, arrived, NOON_S } from './batches.ts'
import { manualClock, valueOrThrow } from './facts.ts'
import fc from './given-cases.ts'
import { batchesOf, type TestStore } from './store.ts'

/** `open` gives a new and empty store each time; `orders`: in how many orders of arrival rollups are tried. */
export function testStore(open: () => Promise<TestStore>, orders = 8): void {
  let t: TestStore
  let dongleId: string
  let tenureNo: number
  beforeEach(async () => {
    t = await open()
    ;({ dongleId, tenureNo } = await t.addDongle(1))
  })
  afterEach(() => t.close())

  async function commit(...batches: Batch[]): Promise<string[]> {
    const committed = await t.store.commit(batches.map(batch => arrived(dongleId, batch)))
    return committed.map(({ outcome }) => ('reason' in outcome ? `${outcome.kind}: ${outcome.reason}` : outcome.kind))
  }
  const stored = async (fromS = 0, toS = 4e9) => await batchesOf(t.store, tenureNo, fromS, toS)
  const rollups = async (width: Width) => await t.store.buckets(tenureNo, width, 0, 4e9)

  describe('a batch', () => {
    test('comes back byte for byte', async () => {
      const batch = aBatch({ firstSeq: 7 })
      expect(await commit(batch)).toEqual(['stored'])
      expect((await stored()).map(({ bytes }) => Buffer.from(bytes))).toEqual([
        Buffer.from(arrived(dongleId, batch).bytes),
      ])
    })

    test('that comes again is a duplicate and changes nothing, also within one group', async () => {
      expect(await commit(aBatch(), aBatch())).toEqual(['stored', 'duplicate'])
      expect(await commit(aBatch())).toEqual(['duplicate'])
      expect(await stored()).toHaveLength(1)
      expect((await rollups('1m')).map(({ rollup }) => rollup.count)).toEqual([60])
    })

    test('with stored numbers and other content is quarantined, and nothing is overwritten', async () => {
      await commit(aBatch())
      const before = await rollups('1m')
      expect(await commit(aBatch({ addWh: 5 }), aBatch({ firstSeq: 30 }), aBatch({ firstSeq: 59, count: 1 }))).toEqual([
        'quarantined: other-content',
        'quarantined: other-content',
        'quarantined: other-content',
      ])
      expect(await commit(aBatch({ addWh: 5 }))).toEqual(['quarantined: other-content'])
      expect(await rollups('1m')).toEqual(before)
      expect(await t.rows('SELECT no FROM quarantine')).toHaveLength(3) // the fourth was there already: a repeat fills no disk
    })

    test('of another boot has its own sequence numbers', async () => {
      expect(await commit(aBatch({ boot: 1 }), aBatch({ boot: 2, startS: NOON_S + 60 }))).toEqual(['stored', 'stored'])
    })

    test('of a dongle that is not in the register is refused', async () => {
      const [one] = await t.store.commit([arrived('0000000000000', aBatch())])
      expect(one?.outcome).toEqual({ kind: 'refused', reason: 'unknown-dongle' })
    })

    test('with a lost clock is set aside whole', async () => {
      expect(await commit(aBatch({ startS: 946_684_800 }))).toEqual(['quarantined: clock'])
      expect(await stored()).toEqual([])
    })

    test('that cannot be stored for an unforeseen reason is buried and does not hold up the others', async () => {
      const bad = arrived(dongleId, aBatch({ firstSeq: 60, startS: NOON_S + 60, count: 2 }))
      await t.makeUnstorable(60)
      const committed = await t.store.commit([arrived(dongleId, aBatch()), bad, arrived(dongleId, aBatch({ boot: 2 }))])
      expect(committed.map(({ outcome }) => outcome)).toEqual([
        { kind: 'stored' },
        { kind: 'refused', reason: 'poison' },
        { kind: 'stored' },
      ])
      expect(t.poisoned()).toBe(1)
      expect(await t.store.replay()).toEqual({ stored: 0, duplicate: 0, stillBad: 1 })
      await t.makeStorable()
      expect(await t.store.replay()).toEqual({ stored: 1, duplicate: 0, stillBad: 0 })
      expect(await stored()).toHaveLength(3)
    })
  })

  describe('losses', () => {
    const lossOnly = (fromSeq: number, count: number) =>
      aBatch({ firstSeq: fromSeq, count: 0, losses: [{ fromSeq, count, reason: 'ring-full' }] })

    test('without readings are stored once and then known', async () => {
      expect(await commit(lossOnly(0, 100))).toEqual(['stored'])
      expect(await commit(lossOnly(0, 100))).toEqual(['duplicate'])
    })

    test('never take a stored reading away, and readings may come after them', async () => {
      expect(await commit(aBatch(), lossOnly(0, 120), aBatch({ firstSeq: 60, startS: NOON_S + 60 }))).toEqual([
        'stored',
        'stored',
        'stored',
      ])
      expect(await stored()).toHaveLength(2)
    })
  })

  describe('rollups', () => {
    test('are the same in any order of arrival as counted from scratch', async () => {
      // Ten minutes each, eight hours across midnight (UTC), a reboot in between: quarters, hours and a day are over and get late batches.
      const batches = Array.from({ length: 48 }, (_, i) =>
        aBatch({ boot: i < 20 ? 1 : 2, firstSeq: i * 30, startS: NOON_S + 8 * 3600 + i * 590, stepS: 20, count: 30 }),
      )
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(batches, { minLength: batches.length }),
          fc.nat(40),
          async (order, cut) => {
            const one = await open()
            const { dongleId: id, tenureNo: no } = await one.addDongle(1)
            await one.store.commit(order.slice(0, cut).map(batch => arrived(id, batch)))
            await one.store.commit([...order.slice(cut), ...order.slice(0, 5)].map(batch => arrived(id, batch)))
            for (const width of ['1m', '15m'] as const) {
              const got = (await one.store.buckets(no, width, 0, 4e9)).map(({ startS, rollup }) => [startS, rollup])
              const scratch = fromScratch(batches, WIDTHS[width])
              expect(got).toEqual(scratch)
              const part = (await one.store.buckets(no, width, NOON_S + 40_000, NOON_S + 45_000)).map(
                ({ startS }) => startS,
              )
              expect(part).toEqual(
                scratch.map(([startS]) => startS).filter(s => s >= NOON_S + 40_000 && s < NOON_S + 45_000),
              )
            }
            await one.close()
          },
        ),
        { numRuns: orders },
      )
    })

    function fromScratch(batches: Batch[], widthS: number): [number, Rollup][] {
      const all = new Map<number, Rollup>()
      for (const batch of batches) {
        for (let i = 0; i < batch.timeS.length; i++) {
          const one = {
            ...batch,
            timeS: [batch.timeS[i] as number],
            columns: batch.columns.map(column => [column[i] as number]),
          }
          for (const [startS, rollup] of rollupsOf(one, widthS)) {
            const known = all.get(startS)
            all.set(startS, known === undefined ? rollup : mergeRollups(known, rollup))
          }
        }
      }
      return [...all].sort((a, b) => a[0] - b[0])
    }
  })

  describe('reading back', () => {
    test('takes the batches that touch the range, in order of time', async () => {
      await commit(...aDay(600, 60).reverse())
      const fromS = (await stored(NOON_S + 130, NOON_S + 240)).map(({ row }) => row.fromS - NOON_S)
      expect(fromS).toEqual([120, 180])
    })

    test('finds a batch that began long before the range and reaches into it', async () => {
      await commit(aBatch({ stepS: 300, count: 60 }), aBatch({ firstSeq: 60, startS: NOON_S + 20_000 }))
      expect(await stored(NOON_S + 10_000, NOON_S + 10_600)).toHaveLength(1)
    })

    test('walks more batches than one chunk without leaving one out', async () => {
      await commit(...aDay(1500, 10))
      expect((await stored()).map(({ row }) => row.firstSeq)).toEqual(Array.from({ length: 150 }, (_, i) => i * 10))
    })

    test('two dongles of one tenure come merged by time', async () => {
      const second = await t.addDongle(2, false)
      valueOrThrow(
        await t.dongles.vouch(
          second.dongleId,
          'test',
          (await t.tenures.meteringPointNo('999999990000000001')) as number,
        ),
      )
      await commit(aBatch(), aBatch({ firstSeq: 60, startS: NOON_S + 200 }))
      await t.store.commit([arrived(second.dongleId, aBatch({ startS: NOON_S + 100 }))])
      expect((await stored()).map(({ row }) => row.fromS - NOON_S)).toEqual([0, 100, 200])
    })
  })

  describe('a tenure', () => {
    test('is a fence: readings belong to who held the metering point when they were measured', async () => {
      const { accountId } = await t.accounts.open('next holder')
      const next = valueOrThrow(await t.tenures.changeHolder('999999990000000001', accountId, NOON_S + 600))
      await commit(aBatch({ firstSeq: 0 }), aBatch({ firstSeq: 600, startS: NOON_S + 600 }))
      expect(await stored()).toHaveLength(1)
      expect((await batchesOf(t.store, next.tenureNo, 0, 4e9)).map(({ row }) => row.fromS)).toEqual([NOON_S + 600])
    })

    test('once erased cannot be read, nor written', async () => {
      await commit(aBatch())
      await t.store.erase(tenureNo, NOON_S, 'operator')
      await t.store.erase(tenureNo, NOON_S + 1, 'operator') // nothing is left to erase, and nothing to say
      expect((await accountEvents(t.store.registers, newest(9))).filter(one => one.event === 'erased')).toEqual([
        {
          no: expect.any(Number),
          atS: NOON_S,
          actor: 'operator',
          accountId: expect.any(String),
          event: 'erased',
          detail: `tenure ${tenureNo}`,
        },
      ])
      expect(await verifyAudit(t.store.registers)).toMatchObject({ isWhole: true })
      expect(await stored()).toEqual([])
      expect(await rollups('15m')).toEqual([])
      expect(await t.store.newest(tenureNo)).toBeUndefined()
      expect(await commit(aBatch({ firstSeq: 60 }))).toEqual(['refused: erased'])
    })
  })

  test('what operators and accounts did only grows', async () => {
    await openOperateEvents(t.store, manualClock())('operator', 'letter-shown', { detail: 'letter 1' })
    for (const table of ['audit', 'accountEvent', 'operateEvent']) {
      for (const hurt of [`DELETE FROM "${table}"`, `UPDATE "${table}" SET no = no + 100`]) {
        await expect(t.store.onWriter(hurt)).rejects.toThrow('the audit only grows')
      }
    }
    expect(await verifyAudit(t.store.registers)).toMatchObject({ isWhole: true })
  })

  describe('a dongle without an owner', () => {
    test('has its readings held, unseen, and released by the bind', async () => {
      const other = await t.addDongle(3, false)
      const batches = [
        ...aDay(300, 60),
        aBatch({ firstSeq: 301, count: 2, losses: [{ fromSeq: 302, count: 4, reason: 'crc' }], startS: NOON_S + 400 }),
      ]
      const committed = await t.store.commit(batches.map(batch => arrived(other.dongleId, batch)))
      expect(committed).toEqual(batches.map(() => ({ outcome: { kind: 'stored' } })))
      expect(await batchesOf(t.store, other.tenureNo, 0, 4e9)).toEqual([])

      valueOrThrow(
        await t.dongles.vouch(other.dongleId, 'test', (await t.tenures.meteringPointNo(other.ean)) as number),
      )
      expect(await t.store.release(other.dongleId)).toBe(6)
      expect(await batchesOf(t.store, other.tenureNo, 0, 4e9)).toHaveLength(6)
      expect((await t.store.buckets(other.tenureNo, '15m', 0, 4e9)).map(({ rollup }) => rollup.count)).toEqual([302])
      expect(await t.store.holesInTime(other.tenureNo, NOON_S, NOON_S + 1000)).toHaveLength(1)
      const again = await t.store.commit(batches.map(batch => arrived(other.dongleId, batch)))
      expect(new Set(again.map(({ outcome }) => outcome.kind))).toEqual(new Set(['duplicate']))
    })
  })

  describe('dead letters', () => {
    test('are kept once and replayed when they can be decoded', async () => {
      const good = arrived(dongleId, aBatch()).bytes
      const letter = { dongleId, reason: 'batch.version', receivedAtMs: (NOON_S + 60) * 1000 }
      const junk = { ...letter, bytes: Uint8Array.of(1, 2, 3) }
      await t.store.bury([{ ...letter, bytes: good }, junk, junk])
      expect(await stored()).toEqual([])
      expect(await t.store.replay()).toEqual({ stored: 1, duplicate: 0, stillBad: 1 })
      expect(await stored()).toHaveLength(1)
      expect(await t.store.replay()).toEqual({ stored: 0, duplicate: 0, stillBad: 1 })
    })

    test('can be counted, listed and looked into; one alone is replayed, or dropped for good', async () => {
      const letter = { dongleId, reason: 'batch.version', receivedAtMs: (NOON_S + 60) * 1000 }
      const good = arrived(dongleId, aBatch()).bytes
      const junk = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]
      await t.store.bury([good, ...junk].map(bytes => ({ ...letter, bytes })))
      await t.store.settled()
      const all = await t.store.letters(0, 9)
      expect(all).toEqual([1, 2, 3].map(no => ({ no, ...letter, sealedBytes: expect.any(Number) })))
      expect(all.every(({ sealedBytes }) => sealedBytes > 0)).toBe(true)
      expect(await t.store.letters(1, 1)).toEqual([all[1]])
      expect(Buffer.from((await t.store.openLetter(2)) ?? [])).toEqual(Buffer.from([1, 2, 3]))
      expect(await t.store.replay(2)).toEqual({ stored: 0, duplicate: 0, stillBad: 1 })
      expect(await t.store.replay(1)).toEqual({ stored: 1, duplicate: 0, stillBad: 0 })
      expect(await t.store.dropLetter(2)).toBe(true)
      expect(await t.store.dropLetter(2)).toBe(false)
      await t.store.settled()
      expect(await t.store.openLetter(2)).toBeUndefined()
      expect(await t.store.countLetters()).toBe(1)
      await t.store.bury([{ ...letter, bytes: junk[0] as Uint8Array }]) // dropped is dropped
      await t.store.settled()
      expect((await t.store.letters(0, 9)).map(({ no }) => no)).toEqual([3])
      expect(await t.rows("SELECT length(sealed) AS bytes FROM deadLetter WHERE outcome = 'dropped'")).toEqual([
        { bytes: 0 },
      ])
    })
  })

  describe('group commit', () => {
    test('takes what waits in one transaction', async () => {
      const batches = aDay(600, 10)
      await Promise.all(batches.map(batch => t.store.commit([arrived(dongleId, batch)])))
      expect(t.groups).toEqual([60])
    })

    test('gives each caller its own outcomes, in its order', async () => {
      const [a, b] = await Promise.all([
        t.store.commit([arrived(dongleId, aBatch()), arrived('0000000000000', aBatch())]),
        t.store.commit([arrived(dongleId, aBatch({ addWh: 1 })), arrived(dongleId, aBatch())]),
      ])
      expect(a.map(({ outcome }) => outcome.kind)).toEqual(['stored', 'refused'])
      expect(b.map(({ outcome }) => outcome.kind)).toEqual(['quarantined', 'duplicate'])
    })

    test('waits for a register’s transaction instead of joining it', async () => {
      const inside = Promise.withResolvers<void>()
      const transaction = t.store.registers.transaction().execute(async trx => {
        await trx.insertInto('account').values({ id: 'acc_x', name: 'x', createdAtS: 0 }).execute()
        await inside.promise
        throw new Error('rolled back')
      })
      const commits = commit(aBatch())
      inside.resolve()
      await expect(transaction).rejects.toThrow('rolled back')
      expect(await commits).toEqual(['stored'])
      expect(await stored()).toHaveLength(1)
    })
  })

  describe('seams', () => {
    const seams = async () =>
      (await t.store.seams(tenureNo, 0, 4e9)).map(({ before, after }) => [before.firstSeq, after.firstSeq])

    test('are only where something is missing, whatever the order of arrival', async () => {
      const batches = aDay(600, 60)
      const late = batches.filter(({ firstSeq }) => firstSeq === 120 || firstSeq === 300)
      await commit(...batches.filter(batch => !late.includes(batch)).reverse())
      expect(await seams()).toEqual([
        [60, 180],
        [240, 360],
      ])
      await commit(...late)
      expect(await seams()).toEqual([])
    })

    test('stand at a silence between batches', async () => {
      await commit(aBatch(), aBatch({ firstSeq: 60, startS: NOON_S + 500 }))
      expect(await seams()).toEqual([[0, 60]])
    })
  })
}
