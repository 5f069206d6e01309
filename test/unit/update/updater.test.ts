// The dongle's half of an update: which orders it refuses, with which code and without any change of its flash, and how it goes on with
// the ones that it takes.

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import type { NorFlash } from '../../../shared/session/nor-flash.ts'
import { decodeManifest, encodeManifest, PROGRAM_BYTES_MAX } from '../../../shared/update/manifest.ts'
import { encodeChunk, encodeUpdate } from '../../../shared/update/messages.ts'
import { markBad, readHead } from '../../../shared/update/slots.ts'
import { UNHEALTHY } from '../../../shared/update/states.ts'
import { updateMac } from '../../../shared/update/update-order.ts'
import { tendUpdate, UPDATE_HEALTHY, UPDATE_STEP } from '../../../shared/update/updater.ts'
import fc from '../../support/given-cases.ts'
import { manifestOf, orderFor } from '../../support/memory-updates.ts'
import type { NorModel } from '../../support/nor.ts'
import { identity } from '../../support/order-flows.ts'
import {
  begin,
  fresh,
  load,
  offer,
  orderOf,
  programOf,
  report,
  slotsOf,
  tell,
  versionOf,
} from '../../support/update-flows.ts'

const token = new Uint8Array(24)
const serve = (number: number): Uint8Array => programOf(number)

/** A dongle on which `version` was loaded, tried and found healthy. */
function updatedTo(version: number, floor = 0): NorModel {
  const nor = fresh()
  const first = begin(nor, true)
  offer(first, orderOf(version, { floor }))
  load(first, serve)
  const second = begin(nor, false)
  tendUpdate(second.host, second.updating, UPDATE_HEALTHY, 1)
  return nor
}

describe('refused, and nothing is changed', () => {
  const other = { ...identity, deviceKey: new Uint8Array(32).fill(9) }
  test.each([
    ['forged', orderFor(other, 9, manifestOf(programOf(9), 9))],
    ['replayed', orderFor(identity, 4, manifestOf(programOf(9), 9))],
    ['malformed', { ...orderFor(identity, 9, manifestOf(programOf(9), 9)), manifest: Uint8Array.of(0xa1, 0, 1) }],
    ['other-board', orderOf(9, { board: 'ESP32-C3' })],
    ['other-engine', orderOf(9, { engine: '2v25' })],
    ['other-map', orderOf(9, { map: 2 })],
    ['too-large', orderOf(9, { bytes: PROGRAM_BYTES_MAX + 1 })],
    ['too-large', orderOf(9, { bytes: 0 })],
    ['below-floor', orderFor(identity, 9, manifestOf(programOf(2), 2), 1, 1)],
    ['not-newer', orderFor(identity, 9, manifestOf(programOf(5), 5))],
    ['not-newer', orderFor(identity, 9, manifestOf(programOf(4), 4))],
  ])('%s', (code, order) => {
    const nor = updatedTo(5, 3)
    const life = begin(nor, true)
    const cells = nor.cells.slice()
    // a changed manifest has no MAC of ours: it must fall before it is read
    const expected = code === 'malformed' ? 'refused forged' : `refused ${code}`
    expect(offer(life, order)).toBe(expected)
    expect(nor.cells).toEqual(cells)
    expect(report(life)).toBe('good none')
  })

  test('malformed: under a right MAC as well', () => {
    const nor = updatedTo(5, 3)
    const cells = nor.cells.slice()
    const wanted = { number: 9, manifest: Uint8Array.of(0xa1, 0, 1), soakS: 1, isBackward: 0 }
    const mac = updateMac(
      nodeCrypto,
      deriveKeys(nodeCrypto, identity.deviceKey, identity.epoch),
      identity.dongleId,
      wanted,
    )
    expect(offer(begin(nor, true), { ...wanted, mac })).toBe('refused malformed')
    expect(nor.cells).toEqual(cells)
  })

  test('busy: a program on trial takes no other', () => {
    const nor = fresh()
    const first = begin(nor, true)
    offer(first, orderOf(2))
    load(first, serve)
    const trial = begin(nor, false)
    const cells = nor.cells.slice()
    expect(offer(trial, orderOf(3))).toBe('refused busy')
    expect(nor.cells).toEqual(cells)
    expect(report(trial)).toBe('trial none')
  })

  test('any bytes in the place of an order change nothing', () => {
    const nor = fresh()
    const life = begin(nor, true)
    const cells = nor.cells.slice()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        const order = { number: 9, manifest: bytes.subarray(0, 192), soakS: 1, isBackward: 0, mac: new Uint8Array(16) }
        expect(offer(life, order)).toBe('refused forged')
        expect(decodeManifest(bytes) === undefined || bytes.length > 0).toBe(true)
      }),
    )
    expect(nor.cells).toEqual(cells)
  })
})

test('going back is taken where the order asks for it and the floor allows it', () => {
  const nor = updatedTo(5, 3)
  const life = begin(nor, true)
  expect(offer(life, orderFor(identity, 9, manifestOf(programOf(4), 4), 1, 1))).toBe('loading none')
})

test('the floor stays where a release put it, also when a later one names a lower one', () => {
  const nor = updatedTo(5, 4)
  const life = begin(nor, true)
  offer(life, orderOf(6, { floor: 1 }))
  load(life, serve)
  const trial = begin(nor, false)
  tendUpdate(trial.host, trial.updating, UPDATE_HEALTHY, 1)
  expect(versionOf(trial)).toBe(6)
  expect(offer(trial, orderFor(identity, 9, manifestOf(programOf(3), 3), 1, 1))).toBe('refused below-floor')
})

test('the same order again is no news, also after it has ended', () => {
  const nor = fresh()
  const life = begin(nor, true)
  expect(offer(life, orderOf(2))).toBe('loading none')
  expect(offer(life, orderOf(2))).toBeUndefined()
  expect(load(life, serve)).toBe('loaded none')
  const trial = begin(nor, false)
  for (const slot of slotsOf(nor)) if (readHead(slot).version === 2) markBad(slot, UNHEALTHY)
  const back = begin(nor, false)
  expect([versionOf(trial), versionOf(back), report(back)]).toEqual([2, 1, 'returned unhealthy'])
  expect(offer(back, orderOf(2))).toBeUndefined()
})

describe('failed, and what ran goes on', () => {
  test.each([
    ['altered by a bit', (bytes: Uint8Array) => bytes.with(700, (bytes[700] as number) ^ 1)],
    ['cut short and filled up', (bytes: Uint8Array) => bytes.map((byte, i) => (i < 2000 ? byte : 255))],
    ['another program', () => programOf(2).map(byte => byte ^ 85)],
  ])('hash: an image that was %s on the way', (_what, spoilt) => {
    const nor = fresh()
    const life = begin(nor, true)
    offer(life, orderOf(2))
    expect(load(life, () => spoilt(programOf(2)))).toBe('failed hash')
    const next = begin(nor, true)
    expect([versionOf(next), report(next)]).toEqual([1, 'failed hash'])
    // the same release under a new order is taken, and works
    expect(offer(next, orderFor(identity, 3, manifestOf(programOf(2), 2)))).toBe('loading none')
    expect(load(next, () => programOf(2))).toBe('loaded none')
    expect(versionOf(begin(nor, false))).toBe(2)
  })

  test.each([
    ['nothing at all', 'refused flash', () => false],
    ['its head and no program', 'failed flash', (at: number) => at < 4096],
  ])('flash: a memory that takes %s', (_what, said, takes) => {
    const nor = fresh()
    const life = begin(nor, true)
    const slot = life.host.slots[1 - life.host.running] as NorFlash
    const write = slot.write.bind(slot)
    slot.write = (at, bytes) => {
      if (takes(at)) write(at, bytes)
    }
    offer(life, orderOf(2))
    expect(load(life, serve)).toBe(said)
    expect(versionOf(begin(nor, true))).toBe(1)
  })
})

test('chunks of another order, place or length are passed over', () => {
  const nor = fresh()
  const life = begin(nor, true)
  offer(life, orderOf(2))
  load(life, serve, 2)
  const before = nor.cells.slice()
  const bytes = programOf(2)
  for (const chunk of [
    { number: 3, at: 1024, bytes: bytes.subarray(1024, 1536) },
    { number: 2, at: 512, bytes: bytes.subarray(512, 1024) },
    { number: 2, at: 1024, bytes: bytes.subarray(1024, 1500) },
  ]) {
    expect(tell(life, encodeChunk(token, chunk))).toBeUndefined()
  }
  expect(nor.cells).toEqual(before)
})

test('what was taken back while it was loaded is given up, and a new order begins anew', () => {
  const nor = fresh()
  const life = begin(nor, true)
  offer(life, orderOf(2))
  load(life, serve, 2)
  tell(life, encodeChunk(token, { number: 2, at: 1024, bytes: new Uint8Array(0) }))
  expect(report(life)).toBe('failed withdrawn')
  expect(offer(life, orderOf(4))).toBe('loading none')
  expect(load(life, serve)).toBe('loaded none')
})

test('a chunk that does not come is asked for again after a while, not at once', () => {
  const life = begin(fresh(), true)
  offer(life, orderOf(2))
  const asked: number[] = []
  for (let second = 1; second <= 60; second++) {
    if (tendUpdate(life.host, life.updating, UPDATE_STEP, second * 1000)) asked.push(second)
  }
  expect(asked.length).toBe(3)
})

test('a manifest has one form', () => {
  const manifest = manifestOf(programOf(2), 2)
  const bytes = encodeManifest(manifest)
  expect(decodeManifest(bytes)).toEqual(manifest)
  for (let length = 0; length < bytes.length; length++)
    expect(decodeManifest(bytes.subarray(0, length))).toBeUndefined()
  expect(decodeManifest(Uint8Array.of(...bytes, 0))).toBeUndefined()
  expect(encodeUpdate(token, orderOf(2)).length).toBeLessThan(300)
})
