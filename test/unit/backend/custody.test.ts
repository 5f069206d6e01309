// The rest of a dongle's life: another meter, another house, another dongle, another person, loss and theft, a clone, another key, the end. Each
// over REST on a whole backend, with what the people concerned see of it, and what of the readings goes to whom.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { isClaimCode } from '../../../shared/kernel/claim-code.ts'
import { NOON_S } from '../../support/batches.ts'
import { type ClaimedHome, type Fresh, HOME_SERIAL, openClaimedHome, type Person } from '../../support/claimed-home.ts'
import { IS_ON_FILE } from '../../support/postgres.ts'

const BARN_EAN = '999999990000000111'
const BARN_SERIAL = '1SAG1100000002'
const NEW_SERIAL = '1SAG1100000009'
const opened: ClaimedHome[] = []
afterEach(async () => {
  for (const home of opened.splice(0)) await home.stop()
})

/** Anna's dongle, bound at her home, with ten readings from noon on. */
async function annasHome(): Promise<{ home: ClaimedHome; anna: Person; dongle: Fresh }> {
  const home = await openClaimedHome()
  opened.push(home)
  await home.market({})
  const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
  await home.claim(anna, dongle)
  await home.says(dongle, HOME_SERIAL)
  await home.measures(dongle, NOON_S)
  expect(await home.stateOf(dongle)).toBe('bound')
  return { home, anna, dongle }
}

const seconds = (fromS: number, count = 10) => Array.from({ length: count }, (_, i) => fromS + i)

describe('another meter', () => {
  test('is held until the register has it for the same point, then all is there', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.measures(dongle, NOON_S + 100, { meter: 1 }) // its readings come before its name
    await home.says(dongle, NEW_SERIAL, 1)
    await home.measures(dongle, NOON_S + 200, { meter: 1 })
    expect(await home.stateOf(dongle)).toBe('suspended (other-meter)')
    expect(await home.sees(anna)).toEqual(seconds(NOON_S))
    await home.measures(dongle, NOON_S + 50) // the backlog of the meter before is what it always was
    expect(await home.sees(anna)).toEqual([...seconds(NOON_S), ...seconds(NOON_S + 50)])
    await home.market({ meterSerial: NEW_SERIAL })
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.lifeOf(dongle)).toContain('meter-swapped')
    expect(await home.sees(anna)).toEqual([0, 50, 100, 200].flatMap(at => seconds(NOON_S + at)))
    // the old meter has said its last; what is missing is between the two, not from then on for ever
    expect(await home.gapsOf(anna, NOON_S, NOON_S + 209)).toEqual(['109-200', '9-50'])
  })

  test('that the register knew before the dongle met it is taken without a pause', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.market({ meterSerial: NEW_SERIAL })
    expect(await home.stateOf(dongle)).toBe('suspended (other-meter)')
    await home.says(dongle, NEW_SERIAL, 1)
    await home.measures(dongle, NOON_S + 100, { meter: 1 })
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toEqual([...seconds(NOON_S), ...seconds(NOON_S + 100)])
  })

  test('whose number says another serial than before is another meter', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.says(dongle, BARN_SERIAL, 0)
    expect(await home.measures(dongle, NOON_S + 100)).toBe('stored')
    expect(await home.stateOf(dongle)).toBe('suspended (other-meter)')
    expect(await home.sees(anna)).toEqual(seconds(NOON_S))
  })
})

describe('another house', () => {
  test('of the same person: it binds there, and each house keeps its own readings', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.market({ ean: BARN_EAN, meterSerial: BARN_SERIAL })
    await home.says(dongle, BARN_SERIAL, 1)
    await home.measures(dongle, NOON_S + 100, { meter: 1 })
    expect(await home.lifeOf(dongle)).toContain('moved')
    expect(await home.sees(anna)).toEqual(seconds(NOON_S))
    expect(await home.sees(anna, BARN_EAN)).toEqual(seconds(NOON_S + 100))
  })

  test('announced: it stops, the old house’s readings from then on are nobody’s, the new house’s are hers', async () => {
    const { home, anna, dongle } = await annasHome()
    home.clock.nowS = NOON_S + 50
    expect((await home.act(anna, dongle, 'move')).body.state).toBe('suspended')
    expect(await home.ordersOf(dongle)).toEqual(['stop'])
    expect(await home.measures(dongle, NOON_S + 60)).toBe('refused tenure-ended')
    await home.says(dongle, HOME_SERIAL) // still on the old wall: that is no arrival
    expect(await home.stateOf(dongle)).toBe('suspended (moving)')
    home.clock.nowS = NOON_S + 3600
    await home.market({ holderId: 'person-B', sinceS: NOON_S + 60 }, { ean: BARN_EAN, meterSerial: BARN_SERIAL })
    await home.says(dongle, BARN_SERIAL, 1)
    await home.measures(dongle, NOON_S + 100, { meter: 1 })
    expect([await home.stateOf(dongle), await home.ordersOf(dongle)]).toEqual(['bound', ['stop', 'resume']])
    expect(await home.sees(anna, BARN_EAN)).toEqual(seconds(NOON_S + 100))
  })

  test('announced and thought better of: it goes on, and what it kept meanwhile is taken', async () => {
    const { home, anna, dongle } = await annasHome()
    home.clock.nowS = NOON_S + 50
    await home.act(anna, dongle, 'move')
    await home.act(anna, dongle, 'stay')
    expect([await home.stateOf(dongle), await home.ordersOf(dongle)]).toEqual(['bound', ['stop', 'resume']])
    expect(await home.measures(dongle, NOON_S + 60)).toBe('stored')
    expect(await home.sees(anna)).toEqual([...seconds(NOON_S), ...seconds(NOON_S + 60)])
  })
})

describe('another holder of the point', () => {
  test('sees nothing of before and nothing of a dongle that is not theirs; the old one sees nothing any more; the dongle is told to stop', async () => {
    const { home, anna, dongle } = await annasHome()
    const bert = await home.person('person-B')
    home.clock.nowS = NOON_S + 3600
    await home.market({ holderId: 'person-B', sinceS: NOON_S + 1000 })
    expect([await home.stateOf(dongle), await home.ordersOf(dongle)]).toEqual(['suspended (tenure-ended)', ['stop']])
    expect(await home.measures(dongle, NOON_S + 900)).toBe('stored') // Anna's still, though nobody sees it
    expect(await home.measures(dongle, NOON_S + 1000)).toBe('refused tenure-ended')
    expect([await home.sees(anna), await home.sees(bert)]).toEqual([[], []])
    const point = await home.get('/api/v1/metering-points', bert.accessKey)
    const { body } = await home.get(`/api/v1/metering-points/${point.body.items[0].id}/latest`, bert.accessKey)
    expect(body.quality.dongle).toBeUndefined() // nor how the dongle of before does
    expect((await home.own(anna)).events[0]).toMatchObject({ event: 'tenure-ended', by: 'register' })
  })

  test('and nobody after the end of a contract: the same', async () => {
    const { home, anna, dongle } = await annasHome()
    home.clock.nowS = NOON_S + 3600
    await home.market({ holderId: null, sinceS: NOON_S + 1000 })
    expect(await home.stateOf(dongle)).toBe('suspended (tenure-ended)')
    expect(await home.sees(anna)).toEqual([])
    expect(await home.measures(dongle, NOON_S + 1000)).toBe('refused tenure-ended')
  })

  test('ends the streams of who watched', async () => {
    const { home, anna } = await annasHome()
    const address = await home.listen()
    const headers = { authorization: `Bearer ${anna.accessKey}` }
    const points = await (await fetch(`${address}/api/v1/metering-points`, { headers })).json()
    const { id } = (points as { items: { id: string }[] }).items[0]!
    const stream = await fetch(`${address}/api/v1/metering-points/${id}/live`, { headers })
    home.clock.nowS = NOON_S + 3600
    await home.market({ holderId: 'person-B', sinceS: NOON_S + 1000 })
    await stream.text() // ends
    expect((await fetch(`${address}/api/v1/metering-points/${id}/live`, { headers })).status).toBe(404)
  })

  test('who comes back to a point is bound there again by the same dongle', async () => {
    const { home, anna, dongle } = await annasHome()
    home.clock.nowS = NOON_S + 3600
    await home.market({ holderId: 'person-B', sinceS: NOON_S + 1000 })
    await home.market({ holderId: 'person-A', sinceS: NOON_S + 2000 })
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.measures(dongle, NOON_S + 2100)).toBe('stored')
    expect(await home.sees(anna)).toEqual(seconds(NOON_S + 2100))
  })
})

describe('another dongle', () => {
  test('for the same point: both deliver, each second is shown once, and the old one goes after a day', async () => {
    const { home, anna, dongle } = await annasHome()
    const next = await home.fresh()
    home.clock.nowS += 60
    await home.claim(anna, next)
    await home.says(next, HOME_SERIAL)
    expect(await home.measures(next, NOON_S + 5)).toBe('stored')
    expect(await home.sees(anna)).toEqual(seconds(NOON_S, 15))
    const energy = await home.energyOf(anna, NOON_S, NOON_S + 900)
    expect(energy).toEqual([14]) // a watt-hour a second, counted once
    const boundAtS = home.clock.nowS
    home.clock.nowS = boundAtS + 86_390
    await home.measures(next, boundAtS + 86_380)
    await home.backend.tend()
    expect([await home.stateOf(dongle), await home.stateOf(next)]).toEqual(['bound', 'bound'])
    home.clock.nowS = boundAtS + 86_420
    await home.measures(next, boundAtS + 86_400)
    await home.backend.tend()
    expect([await home.stateOf(dongle), await home.stateOf(next)]).toEqual(['retired', 'bound'])
    expect((await home.lifeOf(dongle)).at(-1)).toBe('replaced')
    expect(home.cut).toEqual([`${dongle.dongleId} retired`])
    expect(await home.measures(dongle, boundAtS + 86_405)).toBe('refused revoked')
    expect((await home.own(anna)).items.map(({ state }) => state)).toEqual(['retired', 'bound'])
  })

  test('that never speaks retires nobody', async () => {
    const { home, anna, dongle } = await annasHome()
    const next = await home.fresh()
    await home.claim(anna, next)
    await home.says(next, HOME_SERIAL)
    home.clock.nowS += 30 * 86_400
    await home.measures(dongle, home.clock.nowS - 20)
    await home.backend.tend()
    expect(await home.stateOf(dongle)).toBe('bound')
  })
})

describe('another person', () => {
  test('gets a dongle that was given away with a new code: it is wiped, nothing of before is theirs', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.market({ ean: BARN_EAN, holderId: 'person-B', meterSerial: BARN_SERIAL })
    const bert = await home.person('person-B')
    const { body } = await home.act(anna, dongle, 'give-away')
    expect(body).toMatchObject({ state: 'transfer' })
    expect(isClaimCode(body.claimCode)).toBe(true)
    expect([await home.ordersOf(dongle), home.cut]).toEqual([['wipe'], []]) // it must still hear the order
    expect(await home.measures(dongle, NOON_S + 50)).toBe('refused revoked')
    expect((await home.own(anna)).items).toEqual([])
    expect((await home.claim(bert, dongle)).body.code).toBe('claim.refused') // the paper label is void
    await home.claim(bert, { ...dongle, claimCode: body.claimCode })
    await home.says(dongle, BARN_SERIAL, 1)
    await home.measures(dongle, NOON_S + 100, { meter: 1 })
    expect(await home.sees(bert, BARN_EAN)).toEqual(seconds(NOON_S + 100))
    expect(await home.sees(anna)).toEqual(seconds(NOON_S)) // what was hers stays hers
    expect((await home.own(bert)).events.map(({ event }) => event)).toEqual(['bound', 'claimed'])
    expect((await home.own(anna)).events[0]).toMatchObject({ event: 'given-away', by: 'you' })
  })

  test('sees nothing that was held for the dongle before it was theirs', async () => {
    const home = await openClaimedHome()
    opened.push(home)
    await home.market({})
    const [thief, anna, dongle] = [await home.person('person-T'), await home.person('person-A'), await home.fresh()]
    await home.claim(thief, dongle)
    await home.says(dongle, HOME_SERIAL)
    await home.measures(dongle, NOON_S)
    const { body } = await home.act(thief, dongle, 'give-away')
    await home.claim(anna, { ...dongle, claimCode: body.claimCode })
    await home.says(dongle, HOME_SERIAL)
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toEqual([])
  })
})

describe('a dongle that is lost', () => {
  test('is cut at once; its sessions, its code and what it still sends are worth nothing', async () => {
    const { home, anna, dongle } = await annasHome()
    expect((await home.act(anna, dongle, 'report-lost')).body.state).toBe('lost')
    expect(home.cut).toEqual([`${dongle.dongleId} lost`])
    expect(await home.measures(dongle, NOON_S + 100)).toBe('refused revoked')
    expect((await home.backend.directory.credentials(dongle.dongleId))?.state).toBe('lost')
    expect(await home.backend.directory.revokedSince?.(home.clock.nowS)).toEqual([dongle.dongleId])
    expect(await home.backend.directory.revokedSince?.(home.clock.nowS + 1)).toEqual([])
    expect(await home.sees(anna)).toEqual(seconds(NOON_S))
    expect((await home.onlyOf(anna)).acts).toEqual(['found'])
  })

  test('and found waits for its meter again, with another key; a thief’s house gets nothing', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.act(anna, dongle, 'report-lost')
    await home.act(anna, dongle, 'found')
    expect([await home.stateOf(dongle), await home.ordersOf(dongle)]).toEqual(['claimed (no-telegram)', ['rotate-key']])
    await home.says(dongle, BARN_SERIAL, 1)
    expect(await home.stateOf(dongle)).toBe('claimed (other-meter)')
    await home.says(dongle, HOME_SERIAL, 0)
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.measures(dongle, NOON_S + 100)).toBe('stored')
  })

  test('before anybody had claimed it goes back to the shelf, and its label is void', async () => {
    const home = await openClaimedHome()
    opened.push(home)
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    await home.operate(dongle, 'report-lost')
    expect((await home.claim(anna, dongle)).body.code).toBe('claim.refused')
    expect((await home.operate(dongle, 'found')).body.state).toBe('registered')
    expect((await home.claim(anna, dongle)).body.code).toBe('claim.refused')
  })
})

describe('a clone', () => {
  test('shows by what only a key can make: all is held, both streams are kept, and people decide', async () => {
    const { home, anna, dongle } = await annasHome()
    const batch = { meter: 0, count: 9 }
    expect(await home.measures(dongle, NOON_S, batch)).toBe('quarantined other-content')
    await expect.poll(() => home.stateOf(dongle)).toBe('suspended (clone)')
    await home.measures(dongle, NOON_S + 100)
    await home.says(dongle, HOME_SERIAL)
    expect(await home.sees(anna)).toEqual(seconds(NOON_S))
    expect((await home.onlyOf(anna)).reason).toBe('clone')
    expect((await home.operate(dongle, 'clear-clone')).status).toBe(200)
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toEqual([...seconds(NOON_S), ...seconds(NOON_S + 100)])
    expect(await home.lifeOf(dongle)).toContain('clone-seen clone')
  })

  test('of a dongle that an operator vouched for is held too, and goes on when it was looked at', async () => {
    const home = await openClaimedHome()
    opened.push(home)
    const vouched = { dongleId: home.dongleId, claimCode: '', deviceKey: home.deviceKey, boot: 1 }
    await home.backend.directory.suspect?.(home.dongleId, 'other-nonce')
    expect(await home.stateOf(vouched)).toBe('suspended (clone)')
    await home.operate(vouched, 'clear-clone')
    await home.backend.settled()
    expect(await home.stateOf(vouched)).toBe('bound')
  })

  test('is not proven by a recording played back, and cutting it off is still possible', async () => {
    const { home, anna, dongle } = await annasHome()
    for (const sign of ['old-session', 'two-sessions'] as const) {
      await home.backend.directory.suspect?.(dongle.dongleId, sign)
    }
    expect(await home.stateOf(dongle)).toBe('bound')
    await home.backend.directory.suspect?.(dongle.dongleId, 'other-nonce')
    expect(await home.stateOf(dongle)).toBe('suspended (clone)')
    expect((await home.act(anna, dongle, 'report-lost')).body.state).toBe('lost')
  })
})

test('another key is an event that its owner sees', async () => {
  const { home, anna, dongle } = await annasHome()
  const { directory, book } = home.backend
  await home.backend.app.inject({
    method: 'POST',
    url: `/api/v1/dongles/${dongle.dongleId}/orders`,
    headers: { authorization: 'Bearer operator-key-of-the-claims' },
    payload: { name: 'rotate-key' },
  })
  expect((await book.next(dongle.dongleId))?.name).toBe('rotate')
  await directory.heard?.(dongle.dongleId, 2)
  await directory.heard?.(dongle.dongleId, 2) // said in every message: one event
  expect((await home.own(anna)).events.map(({ event }) => event)).toEqual(['key-rotated', 'bound', 'claimed'])
})

test('the end: an operator retires it, and nothing brings it back', async () => {
  const { home, anna, dongle } = await annasHome()
  expect((await home.operate(dongle, 'retire')).body.state).toBe('retired')
  expect(home.cut).toEqual([`${dongle.dongleId} retired`])
  for (const act of ['found', 'give-away', 'retire', 'report-lost']) {
    expect((await home.operate(dongle, act)).body.code).toBe('dongle.wrong-state')
  }
  expect((await home.claim(anna, dongle)).body.code).toBe('claim.refused')
  expect(await home.measures(dongle, NOON_S + 100)).toBe('refused revoked')
  expect(await home.sees(anna)).toEqual(seconds(NOON_S))
})

describe('the audit', () => {
  test.runIf(IS_ON_FILE)('only grows: the database refuses any other hand', async () => {
    const { home } = await annasHome()
    const db = new DatabaseSync(join(home.dir, 'nrt.sqlite'), { timeout: 5000 })
    for (const sql of [
      "UPDATE dongleEvent SET actor = 'nobody'",
      'DELETE FROM dongleEvent',
      "UPDATE registerChange SET holderId = 'person-X'",
      'DELETE FROM registerChange',
    ]) {
      expect(() => db.exec(sql)).toThrow('the audit only grows')
    }
    db.close()
  })
})

describe('a crash between a step and what follows from it', () => {
  test.runIf(IS_ON_FILE)('leaves the duty, and the next start does it', async () => {
    const { home, anna, dongle } = await annasHome()
    await home.says(dongle, NEW_SERIAL, 1)
    await home.measures(dongle, NOON_S + 100, { meter: 1 })
    await home.stop(true)
    // as it stands when the process ends right after the step's commit
    const db = new DatabaseSync(join(home.dir, 'nrt.sqlite'))
    const { no } = db.prepare('SELECT no FROM dongle WHERE id = ?').get(dongle.dongleId) as { no: number }
    db.prepare(
      'UPDATE dongleMeter SET tenureNo = (SELECT tenureNo FROM dongleMeter WHERE dongleNo = ? AND meter = 0) WHERE dongleNo = ?',
    ).run(no, no)
    db.prepare("UPDATE dongle SET state = 'bound', reason = NULL WHERE no = ?").run(no)
    db.prepare("INSERT INTO dongleDuty (dongleNo, duty, atS) VALUES (?, 'release-held', 0), (?, 'resume', 0)").run(
      no,
      no,
    )
    db.close()
    opened.pop()
    const again = await openClaimedHome({ dir: home.dir, isReopened: true })
    opened.push(again)
    expect(await again.sees(anna)).toEqual(seconds(NOON_S))
    await again.backend.tend()
    expect(await again.sees(anna)).toEqual([...seconds(NOON_S), ...seconds(NOON_S + 100)])
    expect(await again.ordersOf(dongle)).toEqual(['resume'])
    await again.backend.tend()
    expect(await again.ordersOf(dongle)).toEqual(['resume'])
  })

  test.runIf(IS_ON_FILE)('between the end of a tenure and its dongles is made up for by the next round', async () => {
    const { home, anna, dongle } = await annasHome()
    home.clock.nowS = NOON_S + 3600
    await home.sees(anna) // what was stored is settled, so that the file can be written from here
    const db = new DatabaseSync(join(home.dir, 'nrt.sqlite'))
    db.exec(
      `UPDATE tenure SET toS = ${NOON_S + 1000} WHERE toS IS NULL AND accountNo = (SELECT no FROM account WHERE id = '${anna.accountId}')`,
    )
    db.close()
    await home.backend.tend()
    expect(await home.stateOf(dongle)).toBe('suspended (tenure-ended)')
  })
})

test('a dongle whose audit is asked for by its owner shows other people as parts only', async () => {
  const { home, anna, dongle } = await annasHome()
  await home.operate(dongle, 'report-lost')
  const { events } = await home.own(anna)
  expect(events[0]).toMatchObject({ event: 'lost', by: 'operator', dongleId: dongle.dongleId })
  expect(JSON.stringify(events)).not.toContain('acc_')
})
