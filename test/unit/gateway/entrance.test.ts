// Who is let in, in simulated time: a flood beside those who belong here.

import { expect, test } from 'vitest'
import { FAILURES_MAX } from '../../../gateway/broker/callers.ts'
import {
  createEntrance,
  disprove,
  type Entrance,
  type EntranceLimits,
  excuse,
  failedMax,
  knock,
  leave,
  prove,
  type Visit,
} from '../../../gateway/broker/entrance.ts'
import { gatewayConfig } from '../../../gateway/config.ts'
import fc from '../../support/given-cases.ts'

const LIMITS: EntranceLimits = gatewayConfig()
const ADDRESSES = 200

const isVisit = (answer: Visit | string): answer is Visit => typeof answer !== 'string'

/** Knocks 2,400 times a second from so many addresses, each time to go away again; how many were let in. */
function flood(entrance: Entrance, fromMs: number, untilMs: number, prefix = '198.51'): number {
  let count = 0
  for (let knocks = 0, nowMs = fromMs; nowMs < untilMs; nowMs += 1000 / 2400, knocks++) {
    const answer = knock(entrance, `${prefix}.0.${knocks % ADDRESSES}`, false, nowMs)
    if (!isVisit(answer)) continue
    count++
    leave(entrance, answer, nowMs)
  }
  return count
}

/** One that belongs here comes from `address` and proves it. */
function comeIn(entrance: Entrance, address: string, nowMs: number): boolean {
  const answer = knock(entrance, address, false, nowMs)
  if (isVisit(answer)) prove(entrance, answer, nowMs)
  return isVisit(answer)
}

test('a flood from many addresses gets an eightieth of what strangers may have, once it has shown what it is', () => {
  const entrance = createEntrance(LIMITS)
  flood(entrance, 0, 10_000)
  expect(flood(entrance, 10_000, 20_000)).toBeLessThanOrEqual(2.5 * 10)
})

test('beside that flood a dongle that comes for the first time is let in at its first knock, and so are two hundred', () => {
  const entrance = createEntrance(LIMITS)
  flood(entrance, 0, 30_000)
  for (let i = 0; i < 200; i++) expect(comeIn(entrance, `203.0.113.${i}`, 30_000)).toBe(true)
})

test('while a flood begins, a dongle that comes for the first time waits until each of its addresses has come once, not longer', () => {
  const entrance = createEntrance(LIMITS)
  const letInAtS: number[] = []
  for (let second = 0; second < 200; second++) {
    flood(entrance, second * 1000, second * 1000 + 999)
    if (comeIn(entrance, `203.0.113.${second}`, second * 1000 + 999)) letInAtS.push(second)
  }
  // all are let in from the 64th second on: 200 addresses less the 40 that were there at once, at two and a half a second;
  // and so it stays, though failures are forgiven meanwhile
  expect(letInAtS.filter(second => second >= 64)).toHaveLength(136)
})

test('where a dongle has proven itself it comes again while everything that strangers have is taken', () => {
  const entrance = createEntrance(LIMITS)
  expect(comeIn(entrance, '203.0.113.1', 0)).toBe(true)
  for (let second = 0; second < 10; second++) flood(entrance, second * 1000, second * 1000 + 1001, `198.${second}`)
  expect(knock(entrance, '203.0.113.2', false, 10_001)).toBe('stranger-rate')
  expect(comeIn(entrance, '203.0.113.1', 10_001)).toBe(true)
})

test('ten thousand dongles that are all strangers come in as fast as strangers may at all', () => {
  const entrance = createEntrance(LIMITS)
  let waiting = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
  let nowMs = 0
  for (; waiting.length > 0; nowMs += 1000) waiting = waiting.filter(address => !comeIn(entrance, address, nowMs))
  expect(nowMs / 1000).toBeLessThanOrEqual(
    (10_000 - LIMITS.strangerConnectsBurst) / LIMITS.strangerConnectsPerSecond + 2,
  )
})

test('of those from where others failed few may be inside at once, and who leaves makes room', () => {
  const entrance = createEntrance(LIMITS)
  flood(entrance, 0, 60_000)
  const inside: Visit[] = []
  for (let nowMs = 60_000; nowMs < 120_000; nowMs += 10) {
    const answer = knock(entrance, `198.51.0.${nowMs % ADDRESSES}`, false, nowMs)
    if (isVisit(answer)) inside.push(answer)
  }
  expect(inside.filter(({ standing }) => standing === 'failed')).toHaveLength(failedMax(LIMITS))
  for (const visit of inside) leave(entrance, visit, 120_000)
  expect(isVisit(knock(entrance, '198.51.0.0', false, 120_000))).toBe(true)
})

test('what was said and is not true is held against its address once, also when it has left meanwhile', () => {
  const entrance = createEntrance(LIMITS)
  const failures = (): number | undefined => entrance.callers.strange.get('198.51.100.1')?.failures
  const visit = knock(entrance, '198.51.100.1', false, 0) as Visit
  expect(failures()).toBe(1)
  excuse(entrance, visit)
  leave(entrance, visit, 0)
  expect(failures()).toBe(0)
  disprove(entrance, visit, 0)
  disprove(entrance, visit, 0)
  expect(failures()).toBe(1)
})

test('many that come at once from one address are not all the first: the others take what strangers leave', () => {
  const entrance = createEntrance(LIMITS)
  const standings = Array.from({ length: 10 }, () => (knock(entrance, '198.51.100.1', false, 0) as Visit).standing)
  expect(standings.filter(standing => standing === 'new')).toHaveLength(FAILURES_MAX)
})

test('a building of a thousand dongles that comes back after the gateway started is in as soon as its address may open so many', () => {
  const entrance = createEntrance(LIMITS)
  let waiting = 1000
  const handshakes: { visit: Visit; doneMs: number }[] = []
  let nowMs = 0
  for (; waiting > 0; nowMs += 100) {
    while (handshakes[0] !== undefined && handshakes[0].doneMs <= nowMs)
      prove(entrance, handshakes.shift()?.visit as Visit, nowMs)
    while (waiting > 0) {
      const answer = knock(entrance, '203.0.113.1', false, nowMs)
      if (!isVisit(answer)) break
      handshakes.push({ visit: answer, doneMs: nowMs + 2000 })
      waiting--
    }
  }
  const alone = (1000 - LIMITS.connectsBurst) / LIMITS.connectsPerSecond
  expect(nowMs / 1000).toBeLessThanOrEqual(alone + 3)
})

test('a building whose line breaks while many dongles come back is still where they have proven themselves', () => {
  const entrance = createEntrance(LIMITS)
  comeIn(entrance, '203.0.113.1', 0)
  const visits = Array.from({ length: 100 }, () => knock(entrance, '203.0.113.1', false, 10_000) as Visit)
  expect(visits.every(({ standing }) => standing === 'proven')).toBe(true)
  for (const visit of visits) {
    excuse(entrance, visit)
    leave(entrance, visit, 11_000)
  }
  expect((knock(entrance, '203.0.113.1', false, 20_000) as Visit).standing).toBe('proven')
})

const ACT = fc.record({
  kind: fc.constantFrom('knock', 'prove', 'excuse', 'disprove', 'leave'),
  which: fc.nat(50),
  address: fc.nat(5),
  passesMs: fc.nat(2000),
})

test('whoever comes, proves and leaves when: the counts are those who are inside, and nobody is over a limit', () => {
  fc.assert(
    fc.property(fc.array(ACT, { maxLength: 200 }), acts => {
      const limits = { ...LIMITS, connectionsMax: 12, strangersMax: 11 }
      const entrance = createEntrance(limits)
      const inside: Visit[] = []
      let nowMs = 0
      for (const { kind, which, address, passesMs } of acts) {
        nowMs += passesMs
        const visit = inside[which % Math.max(1, inside.length)]
        if (kind === 'knock') {
          const answer = knock(entrance, `192.0.2.${address}`, false, nowMs)
          if (isVisit(answer)) inside.push(answer)
        } else if (visit === undefined) continue
        else if (kind === 'prove') prove(entrance, visit, nowMs)
        else if (kind === 'excuse') excuse(entrance, visit)
        else if (kind === 'disprove') disprove(entrance, visit, nowMs)
        else leave(entrance, inside.splice(inside.indexOf(visit), 1)[0] as Visit, nowMs)
        const strangers = inside.filter(({ isStranger }) => isStranger)
        expect(entrance.open).toBe(inside.length)
        expect(entrance.strangers).toBe(strangers.length)
        expect(entrance.failed).toBe(strangers.filter(({ standing }) => standing === 'failed').length)
        expect(entrance.open).toBeLessThanOrEqual(limits.connectionsMax)
        expect(entrance.strangers).toBeLessThanOrEqual(limits.strangersMax)
        expect(entrance.failed).toBeLessThanOrEqual(failedMax(limits))
      }
    }),
  )
})
