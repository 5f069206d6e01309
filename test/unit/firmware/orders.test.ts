// What each order does to the pages, and what it says; what is nonsense is refused and leaves the flash as it was; a flash that takes no
// more is named.

import { describe, expect, test } from 'vitest'
import { COMMAND_OUTCOMES } from '../../../shared/session/messages.ts'
import { readConfig, readIdentity } from '../../../shared/session/system-page.ts'
import type { NorModel } from '../../support/nor.ts'
import { config, enrolled, identity, networkArgument, numberArgument, obey, start } from '../../support/order-flows.ts'

const configOf = (nor: NorModel) => {
  const read = readConfig(nor)
  if (!read.ok) throw new Error(read.fault.code)
  return read.value
}

describe('configure', () => {
  test('keeps what is no risk for good, with the number and the outcome beside it', () => {
    const nor = enrolled()
    const { ordered, isEnding } = obey(nor, 'configure', numberArgument(7, 1), 77)
    expect(ordered).toMatchObject({ outcome: 'done', isStopped: true, intervalS: 10 })
    expect(isEnding).toBe(false)
    expect(configOf(nor)).toEqual({ ...config, stopped: 1, order: 77, outcome: undefined })
    expect(start(nor).outcome).toBe('done')
  })

  test('puts what may cut the dongle off on trial, and restarts', () => {
    const nor = enrolled()
    const { ordered, isEnding, said } = obey(nor, 'configure', networkArgument('attic', 'secret of the attic'))
    expect([ordered.outcome, isEnding]).toEqual(['begun', true])
    expect(said).toEqual(['order 7: 3'])
    expect(start(nor)).toMatchObject({ isOnTrial: true, outcome: 'done' })
    expect(configOf(nor).networks).toEqual([{ ssid: 'attic', password: 'secret of the attic' }])
  })

  test.each([
    ['nothing', []],
    ['no map', [0x80]],
    ['an interval of none', [0xa1, 4, 0]],
    ['an interval beyond 900 s', [0xa1, 4, 0x19, 0x03, 0x85]],
    ['no gateway', [0xa1, 0, 0x60]],
    ['port 0', [0xa1, 1, 0]],
    ['fields that there are not', [0xa1, 6, 0x1a, 0x40, 0, 0, 0]],
    ['a number of an order', [0xa1, 8, 1]],
    ['a wipe by the back door', [0xa1, 10, 1]],
    ['five networks', [0xa1, 3, 0x85]],
    ['keys that fall', [0xa2, 6, 1, 4, 1]],
    ['bytes behind the end', [0xa1, 4, 10, 0]],
  ])('refuses %s and writes nothing', (_what, bytes) => {
    const nor = enrolled()
    const before = nor.cells.slice()
    const { ordered } = obey(nor, 'configure', new Uint8Array(bytes))
    expect(ordered.outcome).toBe('refused')
    expect(Buffer.compare(nor.cells, before)).toBe(0)
  })
})

describe('rotate', () => {
  test('refuses another epoch than the next, and other lengths', () => {
    for (const rotation of [[1], [3]]
      .map(([epoch]) => [epoch as number, ...new Array(32).fill(1)])
      .concat([[2, 1, 1]])) {
      const nor = enrolled()
      expect(obey(nor, 'rotate', new Uint8Array(rotation)).ordered.outcome).toBe('refused')
      expect(readIdentity(nor)).toEqual({ ok: true, value: identity })
    }
  })
})

test('begun is the outcome that a start looks for', () => {
  const nor = enrolled()
  obey(nor, 'configure', networkArgument('attic', 'password'))
  expect(COMMAND_OUTCOMES[configOf(nor).outcome ?? 0]).toBe('done')
  for (let i = 0; i < 10; i++) start(nor)
  expect([COMMAND_OUTCOMES[configOf(nor).outcome as number], start(nor).outcome]).toEqual(['begun', 'returned'])
})

describe('the others', () => {
  test('diagnose brings the last lines, a restart restarts, the console opens for a time that makes sense', () => {
    const nor = enrolled()
    const { report } = obey(nor, 'diagnose').ordered
    expect(Buffer.from(report ?? []).toString()).toBe('boot 1\nsession: open\n')
    expect(obey(nor, 'reboot').isEnding).toBe(true)
    expect(obey(nor, 'console', undefined, 5, 60).said).toEqual(['opened', 'order 11: 0'])
    for (const seconds of [0, 3601]) {
      expect(obey(nor, 'console', undefined, 5, seconds)).toMatchObject({
        ordered: { outcome: 'refused' },
        said: ['order 11: 1'],
      })
    }
  })

  test('a restart is written down before it happens, so that one whose answer is lost is not done again', () => {
    const nor = enrolled()
    expect(obey(nor, 'reboot', undefined, 77)).toMatchObject({ ordered: { outcome: 'done' }, isEnding: true })
    expect(configOf(nor)).toEqual({ ...config, order: 77, outcome: undefined })
    expect(start(nor)).toMatchObject({ isOnTrial: false, outcome: 'done' })
  })

  test('what orders do not do is refused', () => {
    for (const name of ['live', 'interval', 'stop', 'resume', 'send-status'] as const) {
      expect(obey(enrolled(), name).ordered.outcome).toBe('refused')
    }
  })
})

describe('flash that takes no more', () => {
  /** Sectors whose cells no longer move: erases and writes are without effect. */
  function worn(nor: NorModel, sectors: number[]): void {
    const { write, erase } = nor
    const isWorn = (sector: number) => sectors.includes(sector)
    nor.write = (at, bytes) => (isWorn(Math.floor(at / nor.sectorBytes)) ? undefined : write(at, bytes))
    nor.erase = sector => (isWorn(sector) ? undefined : erase(sector))
  }

  test.each([[[2]], [[3]], [[2, 3]]])('sectors %j: the order says so, and there is a configuration', sectors => {
    for (const argument of [numberArgument(4, 60), networkArgument('attic', 'password')]) {
      const nor = enrolled()
      worn(nor, sectors)
      const { ordered } = obey(nor, 'configure', argument)
      expect(ordered.outcome).toBe('flash')
      expect(COMMAND_OUTCOMES).toContain(ordered.outcome)
      expect(start(nor).self.config?.networks[0]?.ssid).toBe('cellar')
    }
  })

  test('a worn identity sector: the key stays', () => {
    for (const sectors of [[0], [1]]) {
      const nor = enrolled()
      worn(nor, sectors)
      const { ordered } = obey(nor, 'rotate', new Uint8Array([2, ...new Uint8Array(32)]))
      const { deviceKey, epoch } = start(nor).self.identity
      if (ordered.outcome === 'flash') expect([epoch, [...deviceKey]]).toEqual([1, [...identity.deviceKey]])
      else expect(ordered.outcome).toBe('begun')
    }
  })
})
