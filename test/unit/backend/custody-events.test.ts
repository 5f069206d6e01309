// Each event of a dongle's life is written down once, and whoever it concerns sees it: one story each, on one backend, over REST and with
// statuses as a gateway brings them. What follows from the events is in custody.test.ts and claim.test.ts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DongleEventName } from '../../../shared/schema/custody.ts'
import { type ClaimedHome, type Fresh, OPERATOR_KEY, openClaimedHome, type Person } from '../../support/claimed-home.ts'
import { valueOrThrow } from '../../support/facts.ts'

const DAY_S = 86_400
let home: ClaimedHome
beforeAll(async () => {
  home = await openClaimedHome()
})
afterAll(() => home.stop())

/** Somebody with a house, and a dongle that is theirs to claim. */
interface Scene {
  owner: Person
  dongle: Fresh
  ean: string
  serial: string
}

let scenes = 0

async function aScene(): Promise<Scene> {
  scenes++
  const ean = `99999999000001${String(scenes).padStart(4, '0')}`
  const serial = `METER-${scenes}`
  const owner = await home.person(`owner-${scenes}`)
  await home.market({ ean, holderId: owner.holderId, meterSerial: serial })
  return { owner, dongle: await home.fresh(), ean, serial }
}

async function claimed(): Promise<Scene> {
  const scene = await aScene()
  await home.claim(scene.owner, scene.dongle)
  return scene
}

async function bound(): Promise<Scene> {
  const scene = await claimed()
  await home.says(scene.dongle, scene.serial)
  return scene
}

const acted =
  (...acts: string[]) =>
  async ({ owner, dongle }: Scene) => {
    for (const act of acts) await home.act(owner, dongle, act)
  }
const suspected = ({ dongle }: Scene) => home.backend.directory.suspect?.(dongle.dongleId, 'other-nonce')

interface Story {
  name: string
  tells: DongleEventName
  /** Where the event alone is not the news. */
  why?: string
  from(): Promise<Scene>
  happen?(scene: Scene): Promise<unknown> | undefined
}

const STORIES: Story[] = [
  { name: 'a claim', tells: 'claimed', from: claimed },
  {
    name: 'a claim that somebody else takes over',
    tells: 'claim-taken-over',
    from: claimed,
    happen: async ({ dongle }) => home.claim(await home.person(`taker-${scenes}`), dongle),
  },
  { name: 'a claim dropped', tells: 'claim-dropped', from: claimed, happen: acted('drop-claim') },
  { name: 'a bind', tells: 'bound', from: bound },
  {
    name: 'a mismatch of meters',
    tells: 'waiting',
    why: 'other-meter',
    from: claimed,
    happen: ({ dongle }) => home.says(dongle, 'SOMEBODY-ELSES'),
  },
  {
    name: 'a meter swap',
    tells: 'meter-swapped',
    from: bound,
    async happen({ owner, dongle, ean }) {
      await home.market({ ean, holderId: owner.holderId, meterSerial: `NEW-${scenes}` })
      await home.says(dongle, `NEW-${scenes}`, 1)
    },
  },
  {
    name: 'a house move that the meter shows',
    tells: 'moved',
    from: bound,
    async happen({ owner, dongle }) {
      const ean = `99999999000002${String(scenes).padStart(4, '0')}`
      await home.market({ ean, holderId: owner.holderId, meterSerial: `BARN-${scenes}` })
      await home.says(dongle, `BARN-${scenes}`, 1)
    },
  },
  { name: 'a house move announced', tells: 'move-announced', from: bound, happen: acted('move') },
  { name: 'a house move thought better of', tells: 'move-cancelled', from: bound, happen: acted('move', 'stay') },
  {
    name: 'the end of a tenure',
    tells: 'tenure-ended',
    from: bound,
    happen: ({ ean, serial }) => home.market({ ean, holderId: 'somebody-else', meterSerial: serial }),
  },
  { name: 'a transfer', tells: 'given-away', from: bound, happen: acted('give-away') },
  { name: 'a loss or theft', tells: 'lost', from: bound, happen: acted('report-lost') },
  { name: 'a find', tells: 'found', from: bound, happen: acted('report-lost', 'found') },
  { name: 'a clone', tells: 'clone-seen', from: bound, happen: suspected },
  {
    name: 'a clone looked into',
    tells: 'clone-cleared',
    from: bound,
    async happen(scene) {
      await suspected(scene)
      await home.operate(scene.dongle, 'clear-clone')
    },
  },
  {
    name: 'a rotation of keys',
    tells: 'key-rotated',
    from: bound,
    async happen({ dongle: { dongleId } }) {
      await home.backend.app.inject({
        method: 'POST',
        url: `/api/v1/dongles/${dongleId}/orders`,
        headers: { authorization: `Bearer ${OPERATOR_KEY}` },
        payload: { name: 'rotate-key' },
      })
      await home.backend.book.next(dongleId)
      await home.backend.directory.heard?.(dongleId, 2)
    },
  },
  {
    name: 'a decommissioning',
    tells: 'retired',
    from: bound,
    happen: ({ dongle }) => home.operate(dongle, 'retire'),
  },
  {
    name: 'a dongle that an operator vouches for, at the holder’s house',
    tells: 'vouched',
    from: aScene,
    async happen({ owner, dongle, ean }) {
      await home.claim(owner, await home.fresh()) // the platform follows the register for who has claimed something
      valueOrThrow(await home.backend.bindDongle(dongle.dongleId, ean))
    },
  },
  {
    name: 'the loss of a dongle that nobody had claimed, from the holder’s house',
    tells: 'lost',
    from: aScene,
    async happen({ owner, dongle, ean }) {
      await home.claim(owner, await home.fresh())
      valueOrThrow(await home.backend.bindDongle(dongle.dongleId, ean))
      await home.operate(dongle, 'report-lost')
    },
  },
  {
    name: 'a replacement',
    tells: 'replaced',
    from: bound,
    async happen({ owner, serial }) {
      const next = await home.fresh()
      home.clock.nowS += 10
      await home.claim(owner, next)
      await home.says(next, serial)
      home.clock.nowS += DAY_S + 20
      await home.measures(next, home.clock.nowS - 15)
      await home.backend.tend()
    },
  },
]

describe('is an event, and whom it concerns sees it:', () => {
  for (const { name, tells, why, from, happen } of STORIES) {
    test(name, async () => {
      const scene = await from()
      await happen?.(scene)
      const told = why === undefined ? tells : `${tells} ${why}`
      const life = await home.lifeOf(scene.dongle)
      expect(life.filter(event => event === told || (why === undefined && event.startsWith(`${tells} `)))).toHaveLength(
        1,
      )
      const { events } = await home.own(scene.owner)
      expect(events.filter(({ dongleId }) => dongleId === scene.dongle.dongleId).map(({ event }) => event)).toContain(
        tells,
      )
    })
  }

  test('and after all of it the chain over the events is whole', async () => {
    const { body } = await home.get('/api/v1/audit/verdict', OPERATOR_KEY)
    expect(body).toMatchObject({ isWhole: true, broken: null })
    expect(body.events).toBeGreaterThan(STORIES.length * 3)
  })
})

test('whether the audit is whole is for operators, and half an expectation is none', async () => {
  expect((await home.get('/api/v1/audit/verdict')).status).toBe(403)
  expect((await home.get('/api/v1/audit/verdict?no=3', OPERATOR_KEY)).status).toBe(400)
})
