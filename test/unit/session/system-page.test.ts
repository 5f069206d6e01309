// Identity and config pages: what goes in comes out, one copy is always whole, and what is not ours is named, not believed.

import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import {
  type DongleConfig,
  type Identity,
  readConfig,
  readIdentity,
  SYSTEM_SECTORS,
  systemImage,
  writeConfig,
} from '../../../shared/session/system-page.ts'
import { CUT_MOMENTS, createNor, PowerCut } from '../../support/nor.ts'

const identity: Identity = {
  dongleId: dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  deviceKey: new Uint8Array(32).map((_, i) => i),
  epoch: 3,
  seedPool: new Uint8Array(64).map((_, i) => 255 - i),
}
const config: DongleConfig = {
  host: 'gateway.example',
  port: 8883,
  isTls: true,
  networks: [
    { ssid: 'caf\xc3\xa9', password: 'long enough' },
    { ssid: 'open', password: '' },
  ],
  intervalS: 10,
}

function flashed() {
  const nor = createNor(SYSTEM_SECTORS.count)
  nor.cells.set(systemImage(identity, config, crc32))
  return nor
}

describe('pages', () => {
  test('come back as they were written', () => {
    const nor = flashed()
    expect(readIdentity(nor)).toEqual({ ok: true, value: identity })
    expect(readConfig(nor)).toEqual({ ok: true, value: config })
  })

  test('a plain port beside TLS is kept; a configuration without one is byte for byte what it was', () => {
    const nor = flashed()
    const without = nor.cells.slice()
    writeConfig(nor, { ...config, plainPort: 1883 })
    expect(readConfig(nor)).toEqual({ ok: true, value: { ...config, plainPort: 1883 } })
    expect(systemImage(identity, config, crc32)).toEqual(without)
  })

  test('carry the setup password', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    const withPassword = { ...identity, setupPassword: 'K7Q2-M9XA-4RTB' }
    nor.cells.set(systemImage(withPassword, config, crc32))
    expect(readIdentity(nor)).toEqual({ ok: true, value: withPassword })
  })

  test('are missing on blank flash', () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    expect(readIdentity(nor)).toEqual({ ok: false, fault: { code: 'page.missing' } })
    expect(readConfig(nor)).toEqual({ ok: false, fault: { code: 'page.missing' } })
  })

  test('survive any damage to one copy, and are damaged when both are hit', () => {
    for (let at = 0; at < 160; at++) {
      const nor = flashed()
      nor.cells[at]! ^= 0x20
      expect(readIdentity(nor)).toEqual({ ok: true, value: identity })
      nor.cells[4096 + 159 - at]! ^= 0x01
      const read = readIdentity(nor)
      expect(read.ok || read.fault.code).toSatisfy(outcome => outcome === true || outcome === 'page.damaged')
    }
    const nor = flashed()
    nor.cells[20]! ^= 1
    nor.cells[4096 + 20]! ^= 1
    expect(readIdentity(nor)).toEqual({ ok: false, fault: { code: 'page.damaged' } })
  })

  test('that are whole but say something else are malformed', () => {
    const nor = flashed()
    nor.cells.set(systemImage(identity, { ...config, port: 0 }, crc32))
    expect(readConfig(nor)).toEqual({ ok: false, fault: { code: 'page.malformed' } })
  })

  test('hold the old config or the new one after a cut at any moment, also of the next write', () => {
    for (const moment of CUT_MOMENTS) {
      for (let at = 1; at <= 4; at++) {
        for (let again = 1; again <= 4; again++) {
          const nor = flashed()
          const tried = [config]
          for (const [intervalS, cut] of [
            [20, at],
            [30, again],
          ] as const) {
            nor.cutAt(cut, moment)
            tried.push({ ...config, intervalS })
            expect(() => writeConfig(nor, tried.at(-1)!)).toThrow(PowerCut)
            const read = readConfig(nor)
            expect(tried).toContainEqual(read.ok ? read.value : read.fault)
          }
          writeConfig(nor, { ...config, intervalS: 40 })
          expect(readConfig(nor)).toEqual({ ok: true, value: { ...config, intervalS: 40 } })
          expect(readIdentity(nor)).toEqual({ ok: true, value: identity })
        }
      }
    }
  })
})
