// What must hold on every engine once a tenure is erased: nobody opens a reading of it, from no copy, with no key that there is today.

import { expect, test } from 'vitest'
import { type Loot, opened } from './attack.ts'
import { aBatch, arrived, NOON_S } from './batches.ts'
import { valueOrThrow } from './facts.ts'
import type { TestStore } from './store.ts'

export interface ErasureBench {
  t: TestStore
  kek: string | { kek: string }
  keyTreeFile: string
  /** A copy as the engine's own tools make it, and what is in it. */
  copied(): Promise<Loot>
}

export function erasureFlows(open: () => Promise<ErasureBench>): void {
  test('old copies and today’s keys open nothing of an erased tenure: readings, held ones, dead letters, quarantine', async () => {
    const { t, kek, keyTreeFile, copied } = await open()
    const anna = await t.addDongle(1, false)
    const bert = await t.addDongle(2)
    const other = aBatch({ addWh: 7 })
    const send = (dongleId: string, ...batches: ReturnType<typeof aBatch>[]) =>
      t.store.commit(batches.map(batch => arrived(dongleId, batch)))
    const bury = (dongleId: string) =>
      t.store.bury([{ dongleId, reason: 'batch.version', bytes: Uint8Array.of(1, 2, 3), receivedAtMs: NOON_S * 1000 }])

    await send(bert.dongleId, aBatch())
    await send(anna.dongleId, aBatch(), aBatch({ firstSeq: 60, startS: NOON_S + 60 }), other)
    await bury(anna.dongleId)
    const held = await copied()

    valueOrThrow(await t.dongles.vouch(anna.dongleId, 'test', (await t.tenures.meteringPointNo(anna.ean)) as number))
    await t.store.release(anna.dongleId)
    await send(anna.dongleId, aBatch({ firstSeq: 120, startS: NOON_S + 120 }), other)
    await bury(anna.dongleId)
    const bound = await copied()

    // the attack works: with the keys of before everything opens
    const [heldNo] = Object.keys(opened(held, kek, keyTreeFile))
      .map(Number)
      .filter(no => no !== bert.tenureNo) as [number]
    expect(opened(held, kek, keyTreeFile)).toEqual({ [bert.tenureNo]: 1, [heldNo]: 4 })
    expect(opened(bound, kek, keyTreeFile)).toMatchObject({ [bert.tenureNo]: 1, [anna.tenureNo]: expect.any(Number) })

    await t.store.erase(anna.tenureNo, NOON_S + 500, 'test')

    for (const loot of [held, bound, await copied()])
      expect(opened(loot, kek, keyTreeFile)).toEqual({ [bert.tenureNo]: 1 })
    expect(await t.store.newest(anna.tenureNo)).toBeUndefined()
    expect(await t.store.replay()).toMatchObject({ stored: 0, duplicate: 0 })
    // and what is measured from now on has a place again
    expect(
      (await send(bert.dongleId, aBatch({ firstSeq: 60, startS: NOON_S + 60 }))).map(one => one.outcome.kind),
    ).toEqual(['stored'])
    const free = await t.addDongle(3, false)
    expect((await send(free.dongleId, aBatch()))[0]?.outcome.kind).toBe('stored')
  })
}
