// The dongle's half of an update: takes an order or says why not, empties the other slot, asks for chunk after chunk, and goes on after a cut
// where it was. Pure but for the flash: occasion in, message out. What it has to remember lies in the slots; in memory are the sector
// and the chunk that come next.

import type { CborReader } from '../batch/cbor.ts'
import { constantTimeEqual, type EnvelopeCrypto } from '../envelope/crypto.ts'
import type { NorFlash } from '../session/nor-flash.ts'
import { decodeManifest, type Manifest, PROGRAM_BYTES_MAX } from './manifest.ts'
import {
  CHUNK_BYTES,
  decodeChunk,
  decodeUpdate,
  KIND_CHUNK,
  KIND_CHUNK_WANTED,
  KIND_UPDATE,
  KIND_UPDATE_REPORT,
  type MacedOrder,
} from './messages.ts'
import {
  clearSector,
  floorOf,
  type Head,
  isOnTrial,
  isSame,
  markBad,
  markChunk,
  markGood,
  markWhole,
  RESCUE_SLOT,
  readHead,
  releaseBytes,
} from './slots.ts'
import {
  BELOW_FLOOR,
  BUSY,
  DAMAGED,
  FAILED,
  FLASH,
  FORGED,
  GOOD,
  HASH,
  LOADED,
  LOADING,
  MALFORMED,
  NONE,
  NOT_NEWER,
  OTHER_BOARD,
  OTHER_ENGINE,
  OTHER_MAP,
  REFUSED_UPDATE,
  REPLAYED,
  RESCUE,
  RETURNED,
  TOO_LARGE,
  TRIAL,
  WITHDRAWN,
} from './states.ts'
import { updateMac } from './update-order.ts'

/** What happened; KIND_UPDATE and KIND_CHUNK are occasions too, with the body of the message. */
export const UPDATE_START = 0
/** A session is open: what there is to report. */
export const UPDATE_SESSION = 1
/** About once a second, at a moment when the interpreter may stand still: a sector is emptied, or a chunk asked for. */
export const UPDATE_STEP = 2
/** The program on trial is healthy. */
export const UPDATE_HEALTHY = 3

/** A chunk that does not come is asked for again after so long; a program that waits for its turn asks seldom. */
const ASK_AGAIN_MS = 20000
/** Beside the codes of a refusal. */
const TAKEN = -1

/** What an update needs of the dongle; made anew for each occasion, so that it takes no memory in between. */
export interface UpdateHost {
  slots: NorFlash[]
  /** The slot whose program runs, or RESCUE_SLOT. */
  running: number
  crypto: Pick<EnvelopeCrypto, 'hmacSha256'>
  keys: { ota: Uint8Array }
  dongleId: string
  board: string
  engine: string
  map: number
  /** SHA-256 of the first `bytes` of what lies in a slot behind its head. */
  sha256Of(slot: number, bytes: number): Uint8Array
}

/** nothing to do; a slot is emptied or loaded: steps are wanted; the program that runs is on trial; all is there: a restart is wanted. */
export const IDLE = 0
export const WORKING = 1
export const ON_TRIAL = 2
export const READY = 3

/** What is remembered between occasions. */
export interface Updating {
  phase: number
  /** Something else is on trial: set by the shell. */
  isBusy: boolean
  /** So long the program must have run before it may be called healthy. */
  soakMs: number
  /** While the slot is being emptied: the record to be written then, its order's number, which sector is next, and how many. */
  record: Uint8Array | undefined
  number: number
  sector: number
  sectors: number
  /** When the next chunk may be asked for. */
  askAtMs: number
  /** The order that was refused and not yet reported, and why; 0: none. */
  refused: number
  code: number
}

export function createUpdating(): Updating {
  return {
    phase: IDLE,
    isBusy: false,
    soakMs: 0,
    record: undefined,
    number: 0,
    sector: 0,
    sectors: 0,
    askAtMs: 0,
    refused: 0,
    code: 0,
  }
}

/** Gives a message to send, its kind first and then the values of its body; undefined when there is none. `body` with a message only. */
export function tendUpdate(
  host: UpdateHost,
  updating: Updating,
  occasion: number,
  nowMs: number,
  body?: CborReader,
): number[] | undefined {
  const heads = [readHead(host.slots[0] as NorFlash), readHead(host.slots[1] as NorFlash)]
  const own = heads[host.running]
  const at = targetOf(heads, host.running)
  const target = heads[at] as Head
  const slot = host.slots[at] as NorFlash
  if (occasion === UPDATE_START) {
    if (own && isOnTrial(own)) updating.phase = ON_TRIAL
    else if (isLoading(target, own)) updating.phase = WORKING
    updating.soakMs = own ? own.soakS * 1000 : 0
    return undefined
  }
  if (occasion === UPDATE_STEP) {
    return step(host, updating, at, target, nowMs) ? report(host, updating, occasion) : wanted(updating, target, nowMs)
  }
  if (occasion === KIND_CHUNK) {
    return takeChunk(host, updating, at, target, body as CborReader) ? report(host, updating, occasion) : undefined
  }
  if (occasion === UPDATE_HEALTHY) {
    markGood(host.slots[host.running] as NorFlash)
    updating.phase = IDLE
  } else if (occasion === KIND_UPDATE) {
    const order = decodeUpdate(body as CborReader)
    if (!order) return undefined
    const code = judge(host, updating, order, heads, own)
    if (code === NONE) return undefined
    if (code === TAKEN) take(updating, order, heads, slot)
    else refuse(updating, order.number, code)
  }
  // what was asked for in the session before will not come
  updating.askAtMs = 0
  return report(host, updating, occasion)
}

/** The slot that is not running. Where none is: the one that is being loaded, or else the one that says less about what may be taken. */
function targetOf(heads: Head[], running: number): number {
  if (running !== RESCUE_SLOT) return 1 - running
  const first = heads[0] as Head
  const second = heads[1] as Head
  if (isLoading(first, undefined) || isLoading(second, undefined)) return isLoading(second, undefined) ? 1 : 0
  if (first.isGood !== second.isGood) return first.isGood ? 1 : 0
  return first.generation > second.generation ? 1 : 0
}

function isLoading(head: Head, own: Head | undefined): boolean {
  return head.generation > (own ? own.generation : 0) && !head.isWhole && head.bad === 0
}

function refuse(updating: Updating, number: number, code: number): void {
  updating.refused = number
  updating.code = code
}

/** Why an order is refused; TAKEN when it is not, NONE when it is the one that was taken already. */
function judge(host: UpdateHost, updating: Updating, order: MacedOrder, heads: Head[], own: Head | undefined): number {
  const mac = updateMac(host.crypto, host.keys, host.dongleId, order)
  if (!constantTimeEqual(order.mac, mac)) return FORGED
  let last = updating.record ? updating.number : 0
  for (let i = 0; i < 2; i++) {
    const head = heads[i] as Head
    if (head.generation > 0 && head.number > last) last = head.number
  }
  if (order.number === last) return NONE
  if (order.number < last) return REPLAYED
  if (updating.phase > WORKING || updating.isBusy) return BUSY
  const manifest = decodeManifest(order.manifest)
  if (!manifest) return MALFORMED
  if (manifest.board !== host.board) return OTHER_BOARD
  if (manifest.engine !== host.engine) return OTHER_ENGINE
  if (manifest.map !== host.map) return OTHER_MAP
  if (manifest.bytes === 0 || manifest.bytes > PROGRAM_BYTES_MAX) return TOO_LARGE
  if (manifest.version < floorOf(heads)) return BELOW_FLOOR
  if (own && manifest.version <= own.version && order.isBackward === 0) return NOT_NEWER
  return TAKEN
}

function take(updating: Updating, order: MacedOrder, heads: Head[], slot: NorFlash): void {
  const manifest = decodeManifest(order.manifest) as Manifest
  const floor = floorOf(heads)
  updating.record = releaseBytes(
    {
      generation: Math.max((heads[0] as Head).generation, (heads[1] as Head).generation) + 1,
      version: manifest.version,
      floor: manifest.floor > floor ? manifest.floor : floor,
      bytes: manifest.bytes,
      number: order.number,
      soakS: order.soakS,
      sha256: manifest.sha256,
    },
    slot,
  )
  updating.number = order.number
  updating.sector = 0
  updating.sectors = 1 + Math.ceil(manifest.bytes / slot.sectorBytes)
  updating.phase = WORKING
}

/** True when there is something to report. */
function step(host: UpdateHost, updating: Updating, at: number, target: Head, nowMs: number): boolean {
  const slot = host.slots[at] as NorFlash
  const record = updating.record
  if (!record) return target.chunks * CHUNK_BYTES >= target.bytes && finish(host, updating, at, target)
  // one a call: an erase stops the interpreter
  if (updating.sector < updating.sectors) clearSector(slot, updating.sector++)
  else {
    slot.write(0, record)
    updating.record = undefined
    // what was read of the slot's head is old
    updating.askAtMs = nowMs + 1
    if (readHead(slot).generation > 0) return false
    updating.phase = IDLE
    refuse(updating, updating.number, FLASH)
    return true
  }
  return false
}

function wanted(updating: Updating, target: Head, nowMs: number): number[] | undefined {
  if (updating.phase !== WORKING || updating.record || nowMs < updating.askAtMs) return undefined
  updating.askAtMs = nowMs + ASK_AGAIN_MS
  const at = target.chunks * CHUNK_BYTES
  return [KIND_CHUNK_WANTED, target.number, at, Math.min(CHUNK_BYTES, target.bytes - at)]
}

/** True when there is something to report. */
function takeChunk(host: UpdateHost, updating: Updating, at: number, target: Head, body: CborReader): boolean {
  const slot = host.slots[at] as NorFlash
  const chunk = decodeChunk(body)
  const offset = target.chunks * CHUNK_BYTES
  if (!chunk || updating.phase !== WORKING || updating.record || chunk.number !== target.number) return false
  const length = chunk.bytes.length
  if (length === 0) return end(updating, slot, WITHDRAWN)
  if (chunk.at !== offset || length !== Math.min(CHUNK_BYTES, target.bytes - offset)) return false
  const padded = new Uint8Array((length + 3) & -4)
  padded.fill(255)
  padded.set(chunk.bytes)
  slot.write(slot.sectorBytes + offset, padded)
  if (slot.crc32(slot.read(slot.sectorBytes + offset, padded.length)) !== slot.crc32(padded)) {
    return end(updating, slot, FLASH)
  }
  markChunk(slot, target.chunks)
  updating.askAtMs = 0
  return offset + length >= target.bytes && finish(host, updating, at, target)
}

/** All is there: is it what was promised? */
function finish(host: UpdateHost, updating: Updating, at: number, target: Head): boolean {
  const slot = host.slots[at] as NorFlash
  if (!isSame(target.sha256, host.sha256Of(at, target.bytes))) return end(updating, slot, HASH)
  markWhole(slot)
  updating.phase = READY
  return true
}

function end(updating: Updating, slot: NorFlash, code: number): boolean {
  markBad(slot, code)
  updating.phase = IDLE
  return true
}

function report(host: UpdateHost, updating: Updating, occasion: number): number[] {
  const heads = [readHead(host.slots[0] as NorFlash), readHead(host.slots[1] as NorFlash)]
  const own = heads[host.running]
  const target = heads[targetOf(heads, host.running)] as Head
  let number = own ? own.number : 0
  let state = own ? (number > 0 ? GOOD : NONE) : RESCUE
  let code = own ? 0 : DAMAGED
  if (updating.phase === ON_TRIAL) state = TRIAL
  else if (updating.record) {
    number = updating.number
    state = LOADING
    code = 0
  } else if (target.generation > (own ? own.generation : 0)) {
    code = target.isGood ? DAMAGED : target.bad
    if (!target.isGood) {
      number = target.number
      state = target.bad > 0 ? (target.bad > WITHDRAWN ? RETURNED : FAILED) : target.isWhole ? LOADED : LOADING
    }
  }
  // what became of the last order is no news beside that
  if (!own && occasion === UPDATE_SESSION && updating.phase === IDLE) {
    state = RESCUE
    code = DAMAGED
  }
  // told once: who sends the order again is refused again
  if (updating.refused > 0) {
    number = updating.refused
    state = REFUSED_UPDATE
    code = updating.code
    updating.refused = 0
  }
  const loaded = state === LOADING || state === LOADED ? Math.min(target.bytes, target.chunks * CHUNK_BYTES) : 0
  return [KIND_UPDATE_REPORT, number, state, code, own ? own.version : 0, updating.record ? 0 : loaded, floorOf(heads)]
}
