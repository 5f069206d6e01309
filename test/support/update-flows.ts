// The flows of updates that write flash: what stands before, what is done, and what must be true after the power went somewhere in it. The
// life after a cut is lived to its end: whatever was cut, the program that was ordered runs at last, or the one before does.

import { createHash } from 'node:crypto'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { createReader } from '../../shared/batch/cbor.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { openMessage } from '../../shared/session/messages.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'
import { readIdentity, SYSTEM_SECTORS, systemImage } from '../../shared/session/system-page.ts'
import {
  encodeChunk,
  encodeUpdate,
  KIND_CHUNK_WANTED,
  KIND_UPDATE_REPORT,
  type MacedOrder,
} from '../../shared/update/messages.ts'
import {
  chooseSlot,
  markBad,
  markGood,
  markWhole,
  RESCUE_SLOT,
  readHead,
  releaseBytes,
} from '../../shared/update/slots.ts'
import { UNHEALTHY, UPDATE_CODES, UPDATE_STATES } from '../../shared/update/states.ts'
import {
  createUpdating,
  ON_TRIAL,
  READY,
  tendUpdate,
  UPDATE_HEALTHY,
  UPDATE_SESSION,
  UPDATE_START,
  UPDATE_STEP,
  type UpdateHost,
  type Updating,
  WORKING,
} from '../../shared/update/updater.ts'
import { manifestOf, orderFor } from './memory-updates.ts'
import { createNor, type NorModel } from './nor.ts'
import { config, type FlashFlow, identity } from './order-flows.ts'

/** As small as a slot may be here: the head and three sectors. */
const SECTORS = 4
const AGAIN = 100
const token = new Uint8Array(24)
const keys = deriveKeys(nodeCrypto, identity.deviceKey, identity.epoch)
/** Five chunks, in two sectors. */
export const programOf = (version: number): Uint8Array =>
  new Uint8Array(4500 + version).map((_, i) => (i * 7 + version * 31) & 255)

export const orderOf = (version: number, changes = {}, isBackward = 0): MacedOrder =>
  orderFor(identity, version, manifestOf(programOf(version), version, changes), 1, isBackward)

export function slotOf(nor: NorModel, slot: number): NorFlash {
  const first = SYSTEM_SECTORS.count + slot * SECTORS
  const base = first * nor.sectorBytes
  return {
    sectorBytes: nor.sectorBytes,
    sectorCount: SECTORS,
    read: (at, length) => nor.read(base + at, length),
    write: (at, bytes) => nor.write(base + at, bytes),
    erase: sector => nor.erase(first + sector),
    crc32: nor.crc32,
    packing: nor.packing,
  }
}

export const slotsOf = (nor: NorModel): NorFlash[] => [slotOf(nor, 0), slotOf(nor, 1)]

const sha256In = (nor: NorModel) => (slot: number, bytes: number) =>
  new Uint8Array(
    createHash('sha256')
      .update(
        slotOf(nor, slot)
          .read(4096, (bytes + 3) & ~3)
          .subarray(0, bytes),
      )
      .digest(),
  )

/** A dongle as the tool leaves it: version 1 in both slots. `floor` of that version. */
export function fresh(floor = 0): NorModel {
  const nor = createNor(SYSTEM_SECTORS.count + 2 * SECTORS)
  nor.cells.set(systemImage(identity, config, nor.crc32))
  for (const slot of slotsOf(nor)) {
    const program = programOf(1)
    const { sha256 } = manifestOf(program, 1)
    slot.write(
      0,
      releaseBytes({ generation: 1, version: 1, floor, bytes: program.length, number: 0, soakS: 0, sha256 }, slot),
    )
    const padded = new Uint8Array((program.length + 3) & ~3).fill(255)
    padded.set(program)
    slot.write(4096, padded.subarray(0, 4096))
    slot.write(8192, padded.subarray(4096))
    markWhole(slot)
    markGood(slot)
  }
  return nor
}

export interface Life {
  nor: NorModel
  host: UpdateHost
  updating: Updating
  nowMs: number
}

/** What the loader and then the program do at a start. */
export function begin(nor: NorModel, isPowerLoss: boolean): Life {
  const running = chooseSlot(slotsOf(nor), sha256In(nor), isPowerLoss)
  const host: UpdateHost = {
    slots: slotsOf(nor),
    running,
    crypto: nodeCrypto,
    keys,
    dongleId: identity.dongleId,
    board: 'ESP32',
    engine: '2v29.277',
    map: 1,
    sha256Of: sha256In(nor),
  }
  const life = { nor, host, updating: createUpdating(), nowMs: 1 }
  tendUpdate(host, life.updating, UPDATE_START, 0)
  return life
}

export const versionOf = ({ host }: Life): number =>
  host.running === RESCUE_SLOT ? 0 : readHead(host.slots[host.running] as NorFlash).version

export function tell(life: Life, bytes: Uint8Array): number[] | undefined {
  const { kind, body } = openMessage(bytes)!
  return tendUpdate(life.host, life.updating, kind, life.nowMs, createReader(body.bytes.subarray(body.at)))
}

/** What a report says, in words. */
export function words(values: number[] | undefined): string | undefined {
  if (values?.[0] !== KIND_UPDATE_REPORT) return undefined
  return `${UPDATE_STATES[values[2]!]} ${UPDATE_CODES[values[3]!]}`
}

export const report = (life: Life): string =>
  words(tendUpdate(life.host, life.updating, UPDATE_SESSION, life.nowMs)) as string
export const offer = (life: Life, order: MacedOrder): string | undefined =>
  words(tell(life, encodeUpdate(token, order)))

type Serve = (number: number) => Uint8Array
/** Orders have their version's number, or one above 100 when they are asked for again. */
const serving =
  (version: number): Serve =>
  number =>
    programOf(number < AGAIN ? number : version)

/** Steps and chunks until there is nothing to do, or `chunksMax` chunks came. Gives the last report. */
export function load(life: Life, serve: Serve, chunksMax = 1000): string | undefined {
  let last: string | undefined
  for (let chunks = 0; life.updating.phase === WORKING && chunks < chunksMax; ) {
    life.nowMs += 1000
    let said = tendUpdate(life.host, life.updating, UPDATE_STEP, life.nowMs)
    if (said?.[0] === KIND_CHUNK_WANTED) {
      const [, number, at, count] = said as [number, number, number, number]
      said = tell(life, encodeChunk(token, { number, at, bytes: serve(number).subarray(at, at + count) }))
      chunks++
    }
    last = words(said) ?? last
  }
  return last
}

const healthy = (life: Life): void => void tendUpdate(life.host, life.updating, UPDATE_HEALTHY, life.nowMs)

function download(nor: NorModel, version: number, chunksMax?: number): void {
  const life = begin(nor, true)
  offer(life, orderOf(version))
  load(life, serving(version), chunksMax)
}

/** From a dongle on which `version` was loaded: it restarts into it and is healthy. */
function commit(nor: NorModel): void {
  const life = begin(nor, false)
  if (life.updating.phase === ON_TRIAL) healthy(life)
}

function rot(nor: NorModel): NorModel {
  for (const slot of slotsOf(nor)) slot.write(4096 + 800, new Uint8Array(4))
  return nor
}

const after =
  (...steps: ((nor: NorModel) => void)[]) =>
  (): NorModel => {
    const nor = fresh()
    for (const step of steps) step(nor)
    return nor
  }

/** Lives on after the power came back, with a backend that goes on offering `version`, until it runs and is good. Says what is wrong. */
const endsWith =
  (version: number, allowed: number[]) =>
  (nor: NorModel): string | undefined => {
    const who = readIdentity(nor)
    if (!who.ok || Buffer.compare(who.value.deviceKey, identity.deviceKey) !== 0) return 'the identity is gone'
    for (let starts = 0; starts < 6; starts++) {
      const life = begin(nor, starts === 0)
      const runs = versionOf(life)
      if (!allowed.includes(runs)) return `version ${runs} runs`
      if (runs > 0) {
        const head = readHead(life.host.slots[life.host.running] as NorFlash)
        if (Buffer.compare(head.sha256, life.host.sha256Of(life.host.running, head.bytes)) !== 0)
          return 'a rotten slot runs'
      }
      if (life.updating.phase === ON_TRIAL) healthy(life)
      if (versionOf(life) === version) {
        const said = report(life)
        return version === 1 || said === 'good none' ? undefined : `ends with ${said}`
      }
      // its number was used: as a person would, it is asked for again
      const again = orderFor(identity, AGAIN + starts, manifestOf(programOf(version), version), 1)
      if (life.updating.phase !== WORKING) offer(life, again)
      const said = load(life, serving(version))
      if (life.updating.phase !== READY && said !== 'failed hash' && said !== 'failed flash')
        return `cannot be loaded: ${said}`
    }
    return 'never comes to its end'
  }

const recover = (nor: NorModel): void => void begin(nor, true)
/** A release that never proves itself. */
const BAD_VERSION = 3

/** After a bad release: the one before runs, for good, and says what became of the bad one. */
const returnsTo =
  (version: number) =>
  (nor: NorModel): string | undefined => {
    const who = readIdentity(nor)
    if (!who.ok) return 'the identity is gone'
    for (let starts = 0; starts < 8; starts++) {
      const life = begin(nor, false)
      if (life.updating.phase === ON_TRIAL) continue
      if (versionOf(life) !== version) return `version ${versionOf(life)} runs`
      const said = report(life)
      return /^returned (crashed|unhealthy)$/.test(said) ? undefined : `says ${said}`
    }
    return 'tries for ever'
  }

export const UPDATE_FLOWS: FlashFlow[] = [
  { name: 'download', prepare: fresh, run: nor => download(nor, 2), recover, complaint: endsWith(2, [1, 2]) },
  {
    name: 'download goes on',
    prepare: after(nor => download(nor, 2, 2)),
    run: nor => void load(begin(nor, true), serving(2)),
    recover,
    complaint: endsWith(2, [1, 2]),
  },
  {
    name: 'download over an old one',
    prepare: after(nor => download(nor, 2), commit),
    run: nor => download(nor, 4),
    recover,
    complaint: endsWith(4, [2, 4]),
  },
  {
    name: 'switch',
    prepare: after(nor => download(nor, 2)),
    run: nor => void begin(nor, false),
    recover,
    complaint: endsWith(2, [1, 2]),
  },
  { name: 'commit', prepare: after(nor => download(nor, 2)), run: commit, recover, complaint: endsWith(2, [1, 2]) },
  {
    name: 'rollback after crashes',
    prepare: after(nor => download(nor, BAD_VERSION)),
    run: nor => {
      for (let i = 0; i < 5; i++) begin(nor, false)
    },
    recover,
    complaint: returnsTo(1),
  },
  {
    name: 'rollback of what is not healthy',
    prepare: after(
      nor => download(nor, 2),
      commit,
      nor => download(nor, BAD_VERSION),
      nor => void begin(nor, false),
    ),
    run: nor => {
      for (const slot of slotsOf(nor)) if (readHead(slot).version === BAD_VERSION) markBad(slot, UNHEALTHY)
      begin(nor, false)
    },
    recover,
    complaint: returnsTo(2),
  },
  {
    name: 'download that is not what was promised',
    prepare: fresh,
    run: nor => {
      const life = begin(nor, true)
      offer(life, orderOf(2))
      load(life, number => programOf(number).fill(0, 2000, 2004))
    },
    recover,
    complaint: endsWith(4, [1, 2, 4]),
  },
  {
    name: 'rescue',
    prepare: after(rot),
    run: nor => download(nor, 2),
    recover,
    complaint: endsWith(2, [0, 2]),
  },
  {
    name: 'a whole life',
    prepare: fresh,
    run: nor => {
      download(nor, 2)
      commit(nor)
      download(nor, 4)
      commit(nor)
    },
    recover,
    complaint: endsWith(4, [1, 2, 4]),
  },
]
