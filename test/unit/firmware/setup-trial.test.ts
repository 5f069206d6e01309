// Trying networks, as a table: what comes of each way a network can be.

import { describe, expect, test } from 'vitest'
import * as reason from '../../../firmware/reasons.ts'
import { codeTimes } from '../../../firmware/setup/lights.ts'
import {
  createTrial,
  DONE,
  FAILED,
  HOLD,
  isBusy,
  JOINING,
  KEEP,
  keptOf,
  NOTHING,
  OPEN,
  postTrial,
  REACHING,
  TRY,
  tickTrial,
} from '../../../firmware/setup/trial.ts'
import { AWAY, IN_NETWORK, IN_SESSION } from '../../../firmware/setup-port.ts'

const HOME = { ssid: 'home', password: 'password' }
const BARN = { ssid: 'barn', password: 'password' }

function aTrial(...networks: (typeof HOME)[]) {
  const trial = createTrial()
  postTrial(trial, networks, 0)
  return trial
}

describe('one network', () => {
  test('that works is kept', () => {
    const trial = aTrial(HOME)
    expect(tickTrial(trial, AWAY, 0, 1000)).toBe(NOTHING)
    expect(tickTrial(trial, IN_NETWORK, 0, 3000)).toBe(NOTHING)
    expect(trial.state).toBe(REACHING)
    expect(tickTrial(trial, IN_SESSION, 0, 5000)).toBe(KEEP)
    expect([trial.state, trial.verdicts, keptOf(trial)]).toEqual([DONE, [0], [HOME]])
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])('that is not joined for reason %i is given up at once', code => {
    const trial = aTrial(HOME)
    expect(tickTrial(trial, AWAY, code, 4000)).toBe(HOLD)
    expect([trial.state, trial.verdicts, keptOf(trial), isBusy(trial)]).toEqual([FAILED, [code], [], false])
  })

  test('that says nothing at all is given up after a minute', () => {
    const trial = aTrial(HOME)
    expect(tickTrial(trial, AWAY, 0, 60_000)).toBe(NOTHING)
    expect(tickTrial(trial, AWAY, 0, 60_001)).toBe(HOLD)
    expect(trial.verdicts).toEqual([reason.JOIN_TIMEOUT])
  })

  test.each([
    reason.NAME_UNKNOWN,
    reason.PROBE_FOREIGN,
    reason.NOT_MQTT,
    reason.REFUSED_CREDENTIALS,
    reason.NO_CHALLENGE,
  ])('behind which reason %i lies is said at once, stays joined and may be kept', code => {
    const trial = aTrial(HOME)
    tickTrial(trial, IN_NETWORK, 0, 3000)
    expect(tickTrial(trial, IN_NETWORK, code, 4000)).toBe(NOTHING)
    expect([trial.state, trial.verdicts, keptOf(trial)]).toEqual([FAILED, [code], [HOME]])
  })

  test('a probe that was lost once is no verdict; silence for 25 s is', () => {
    const trial = aTrial(HOME)
    tickTrial(trial, IN_NETWORK, 0, 0)
    expect(tickTrial(trial, IN_NETWORK, reason.PROBE_UNANSWERED, 25_000)).toBe(NOTHING)
    expect(isBusy(trial)).toBe(true)
    tickTrial(trial, IN_NETWORK, reason.PROBE_UNANSWERED, 25_001)
    expect(trial.verdicts).toEqual([reason.PROBE_UNANSWERED])
  })

  test('a gateway that comes back after the verdict is found all the same', () => {
    const trial = aTrial(HOME)
    tickTrial(trial, IN_NETWORK, 0, 0)
    tickTrial(trial, IN_NETWORK, 0, 30_000)
    expect(tickTrial(trial, IN_SESSION, 0, 90_000)).toBe(KEEP)
    expect(trial.state).toBe(DONE)
  })

  test('a network that goes while the gateway is looked for is a network that is gone', () => {
    const trial = aTrial(HOME)
    tickTrial(trial, IN_NETWORK, 0, 0)
    expect(tickTrial(trial, AWAY, reason.SIGNAL_LOST, 2000)).toBe(HOLD)
    expect(trial.verdicts).toEqual([reason.SIGNAL_LOST])
  })
})

describe('two networks', () => {
  test('the second is tried first, as far as its address; then the first, all the way; both are kept in their order', () => {
    const trial = aTrial(HOME, BARN)
    expect(trial.which).toBe(1)
    expect(tickTrial(trial, IN_NETWORK, 0, 3000)).toBe(TRY)
    expect([trial.which, trial.state, trial.verdicts]).toEqual([0, JOINING, [OPEN, 0]])
    tickTrial(trial, IN_NETWORK, 0, 6000)
    expect(tickTrial(trial, IN_SESSION, 0, 8000)).toBe(KEEP)
    expect(keptOf(trial)).toEqual([HOME, BARN])
  })

  test('a second one that does not work is said, and the first may be kept without it', () => {
    const trial = aTrial(HOME, BARN)
    expect(tickTrial(trial, AWAY, reason.HANDSHAKE_FAILED, 3000)).toBe(TRY)
    tickTrial(trial, IN_NETWORK, 0, 6000)
    expect(tickTrial(trial, IN_SESSION, 0, 8000)).toBe(NOTHING)
    expect([trial.state, trial.verdicts, keptOf(trial)]).toEqual([FAILED, [0, reason.HANDSHAKE_FAILED], [HOME]])
    expect(tickTrial(trial, IN_SESSION, 0, 9000)).toBe(NOTHING)
  })
})

test('the light says the number of a reason: a long one, tens, ones, within its eight seconds', () => {
  const long = (times: number[]) =>
    times.filter((_, i) => i % 2 === 0).map(ms => (ms === 1000 ? 'S' : ms === 500 ? 'X' : 'i'))
  expect(long(codeTimes(0)).join('')).toBe('S')
  expect(long(codeTimes(4)).join('')).toBe('Siiii')
  expect(long(codeTimes(39)).join('')).toBe('SXXXiiiiiiiii')
  expect(long(codeTimes(40)).join('')).toBe('SXXXX')
  for (let code = 0; code <= 40; code++) expect(codeTimes(code).reduce((sum, ms) => sum + ms)).toBeLessThan(8000)
})
