// From no network to one: the ladder on a network made by hand, with time as an argument.

import { beforeEach, describe, expect, test } from 'vitest'
import {
  createLadder,
  type Ladder,
  ladderAssociated,
  ladderFound,
  ladderJoined,
  ladderLeft,
  ladderNetworks,
  ladderRejoin,
  ladderTick,
} from '../../../firmware/ladder.ts'
import { JOIN, OFF, RESTART, SCAN, type Spot } from '../../../firmware/network.ts'
import * as reason from '../../../firmware/reasons.ts'
import { inWords } from '../../support/told.ts'

const MINUTE = 60_000
let nowMs = 0
let log: string[] = []
let dbm: number | undefined
let onJoin: (ladder: Ladder, spot: Spot) => void = () => {}
let found: Spot[] | undefined | 'nothing'

const spot = (network: number, strength: number, id = `ap${network}${strength}`): Spot => ({
  network,
  dbm: strength,
  id,
  channel: 1,
})

function aLadder(count = 2, restarts = 0): Ladder {
  const ladder: Ladder = createLadder(
    what => {
      if (what.kind === SCAN) {
        log.push('scan')
        if (found !== 'nothing') ladderFound(ladder, found, nowMs)
      } else if (what.kind === JOIN) {
        log.push(`join ${what.spot.network} ${what.spot.id}`.trim())
        onJoin(ladder, what.spot)
      } else if (what.kind === OFF) {
        log.push('off')
        // the radio's own echo, at once
        ladderLeft(ladder, reason.ACCESS_POINT_LEFT, nowMs)
      }
    },
    what => log.push(what.kind === RESTART ? `restart ${nowMs / MINUTE}` : inWords(what)),
    count,
    restarts,
  )
  return ladder
}

function seconds(ladder: Ladder, count: number): void {
  for (let i = 0; i < count; i++) {
    nowMs += 1000
    ladderTick(ladder, dbm, nowMs)
  }
}

const joins = (ladder: Ladder): void => {
  ladderAssociated(ladder)
  ladderJoined(ladder, '10.0.0.2', nowMs)
}
const refuses = (ladder: Ladder): void => ladderLeft(ladder, reason.NO_ACCESS_POINT, nowMs)

beforeEach(() => {
  nowMs = 0
  log = []
  dbm = -60
  found = []
  onJoin = refuses
})

describe('choosing', () => {
  test('looks at everything, then takes the strongest access point of all configured networks', () => {
    found = [spot(0, -85), spot(1, -70), spot(1, -55), spot(0, -60)]
    onJoin = joins
    seconds(aLadder(), 5)
    expect(log).toEqual(['scan', 'join 1 ap1-55', 'up'])
  })

  test('a network that no scan shows may be hidden: it is tried last', () => {
    found = [spot(1, -80)]
    seconds(aLadder(3), 9)
    expect(log.filter(line => line.startsWith('join'))).toEqual(['join 1 ap1-80', 'join 0', 'join 2'])
  })

  test('goes on without a scan that fails or never ends', () => {
    found = 'nothing'
    const ladder = aLadder(1)
    onJoin = joins
    seconds(ladder, 20)
    expect(log).toEqual(['scan', `fault ${reason.SCAN_FAILED}`, 'join 0', 'up'])
  })

  test('with no network configured it does nothing', () => {
    seconds(aLadder(0), 1000)
    expect(log).toEqual([])
  })
})

describe('climbing', () => {
  test('after a loss: where it was first, then looking around', () => {
    found = [spot(0, -50)]
    onJoin = joins
    const ladder = aLadder()
    seconds(ladder, 5)
    log = []
    onJoin = refuses
    ladderLeft(ladder, reason.SIGNAL_LOST, nowMs)
    seconds(ladder, 5)
    expect(log).toEqual([
      `fault ${reason.SIGNAL_LOST}`,
      'down',
      'join 0 ap0-50',
      `fault ${reason.NO_ACCESS_POINT}`,
      'scan',
    ])
  })

  test('tells association without an address from no answer at all, and switches the radio off after either', () => {
    onJoin = () => {}
    const ladder = aLadder(2)
    seconds(ladder, 6)
    ladderAssociated(ladder)
    seconds(ladder, 34)
    seconds(ladder, 34)
    expect(log.filter(line => !line.startsWith('join'))).toEqual([
      'scan',
      `fault ${reason.NO_ADDRESS}`,
      'off',
      `fault ${reason.JOIN_TIMEOUT}`,
      'off',
      'scan',
    ])
  })

  test('radio off and on, and a restart after five minutes, then ten, twenty …, never sooner', () => {
    for (const [restarts, minutes] of [
      [0, 5],
      [1, 10],
      [2, 20],
      [6, 320],
      [200, 320],
    ] as const) {
      nowMs = 0
      log = []
      seconds(aLadder(1, restarts), (minutes + 4) * 60)
      const times = log.filter(line => line.startsWith('restart')).map(line => Number(line.slice(8)))
      expect(times.length).toBeGreaterThan(0)
      expect(times[0]).toBeGreaterThanOrEqual(minutes)
      expect(log).toContain('off')
    }
  })

  test('a network that was there once in this boot forgets the restarts before it', () => {
    const ladder = aLadder(1, 4)
    onJoin = joins
    seconds(ladder, 10)
    onJoin = refuses
    log = []
    const lostMs = nowMs
    ladderLeft(ladder, reason.SIGNAL_LOST, nowMs)
    seconds(ladder, 8 * 60)
    const restart = Number(log.find(line => line.startsWith('restart'))?.slice(8)) * MINUTE
    expect(restart - lostMs).toBeGreaterThanOrEqual(5 * MINUTE)
    expect(restart - lostMs).toBeLessThan(8 * MINUTE)
  })

  test('as long as a network is up nothing is climbed, whatever a gateway does', () => {
    onJoin = joins
    const ladder = aLadder()
    seconds(ladder, 24 * 3600)
    expect(log).toEqual(['scan', 'join 0', 'up'])
  })

  test('doubting the network joins it anew; when that fails the ladder goes on', () => {
    onJoin = joins
    const ladder = aLadder(1)
    seconds(ladder, 5)
    log = []
    ladderRejoin(ladder, nowMs)
    seconds(ladder, 3)
    expect(log).toEqual([`fault ${reason.NOTHING_ANSWERS}`, 'down', 'off', 'join 0', 'up'])
  })
})

describe('while joined', () => {
  test('another address is told as down and up; the same one again is no news', () => {
    onJoin = joins
    const ladder = aLadder()
    seconds(ladder, 5)
    log = []
    ladderJoined(ladder, '10.0.0.2', nowMs)
    expect(log).toEqual([])
    ladderJoined(ladder, '10.0.0.3', nowMs)
    expect(log).toEqual([`fault ${reason.ADDRESS_CHANGED}`, 'down', 'up'])
  })

  test('ten minutes under -78 dBm: looks around, and moves only for 8 dB', () => {
    onJoin = joins
    found = [spot(0, -60)]
    const ladder = aLadder()
    seconds(ladder, 5)
    dbm = -80
    found = [spot(0, -73)]
    log = []
    seconds(ladder, 601)
    expect(log).toEqual([`fault ${reason.WEAK_SIGNAL}`, 'scan'])
    found = [spot(0, -72)]
    log = []
    seconds(ladder, 1201)
    expect(log).toEqual([`fault ${reason.WEAK_SIGNAL}`, 'scan', 'down', 'join 0 ap0-72', 'up'])
  })

  test('a dip of nine minutes is borne', () => {
    onJoin = joins
    const ladder = aLadder()
    seconds(ladder, 5)
    log = []
    for (let i = 0; i < 5; i++) {
      dbm = -85
      seconds(ladder, 540)
      dbm = -70
      seconds(ladder, 2)
    }
    expect(log).toEqual([])
  })
})

describe('other networks', () => {
  test('are joined at once, without looking around, and the old one is told to be gone', () => {
    const ladder = aLadder(1)
    onJoin = joins
    seconds(ladder, 10)
    log = []
    ladderNetworks(ladder, 2, true, nowMs)
    expect(log).toEqual(['down', 'join 0', 'up'])
  })

  test('none: nothing is tried any more, however long it takes, and nothing restarts', () => {
    const ladder = aLadder(1)
    seconds(ladder, 20)
    log = []
    ladderNetworks(ladder, 0, true, nowMs)
    seconds(ladder, 1200)
    expect(log).toEqual([])
    ladderNetworks(ladder, 1, true, nowMs)
    expect(log[0]).toBe('join 0')
  })

  test('that are kept for later leave what is joined as it is, and are looked for when it is lost', () => {
    const ladder = aLadder(1)
    onJoin = joins
    seconds(ladder, 10)
    log = []
    ladderNetworks(ladder, 2, false, nowMs)
    seconds(ladder, 60)
    expect(log).toEqual([])
    onJoin = refuses
    ladderLeft(ladder, reason.SIGNAL_LOST, nowMs)
    seconds(ladder, 30)
    expect(log).toEqual(expect.arrayContaining(['scan', 'join 1']))
  })
})
