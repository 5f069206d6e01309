// A dongle for rollouts of hundreds: the real wire, keys, checks and reports of an update, without flash, meter and engine. It starts a program as
// far as that goes without an engine: what falls before it asks for one has crashed, and the former program goes on. What a dongle
// really does about slots and trials is the virtual dongle's business.

import { createHash } from 'node:crypto'
import { createContext, Script } from 'node:vm'
import { asScript } from '../../firmware/host/engine-parts.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { constantTimeEqual } from '../../shared/envelope/crypto.ts'
import type { OpenedMessage } from '../../shared/session/messages.ts'
import { decodeManifest, type Manifest } from '../../shared/update/manifest.ts'
import {
  CHUNK_BYTES,
  decodeChunk,
  decodeUpdate,
  encodeChunkWanted,
  encodeUpdateReport,
  KIND_CHUNK,
  KIND_UPDATE,
  type MacedOrder,
} from '../../shared/update/messages.ts'
import { UPDATE_CODES, UPDATE_STATES, type UpdateCode, type UpdateState } from '../../shared/update/states.ts'
import { updateMac } from '../../shared/update/update-order.ts'
import { type DongleIdentity, ScriptedDongle } from './scripted-dongle.ts'

/** Waits between two tries to connect, and how long a start takes. */
const AGAIN_MS = 200
/** Without an answer for so long, a chunk is asked for again. */
const CHUNK_MS = 3000

class UpdatingDongle extends ScriptedDongle {
  onOrder: (order: MacedOrder) => void = () => {}
  onChunk: (chunk: { number: number; at: number; bytes: Uint8Array }) => void = () => {}

  report(number: number, state: UpdateState, code: UpdateCode, running: number, loaded: number): void {
    const values = [number, UPDATE_STATES.indexOf(state), UPDATE_CODES.indexOf(code), running, loaded, 1]
    this.say((token, n) => encodeUpdateReport(token, n, values))
  }

  want(number: number, at: number, bytes: number): void {
    this.say((token, n) => encodeChunkWanted(token, n, number, at, bytes))
  }

  protected override takeOther({ kind, body }: OpenedMessage): void {
    if (kind === KIND_UPDATE) {
      const order = decodeUpdate(body)
      if (order !== undefined) this.onOrder({ ...order, manifest: order.manifest.slice(), mac: order.mac.slice() })
    } else if (kind === KIND_CHUNK) {
      const chunk = decodeChunk(body)
      if (chunk !== undefined) this.onChunk({ ...chunk, bytes: chunk.bytes.slice() })
    }
  }
}

export interface LightDongle {
  readonly dongleId: string
  /** The version that runs. */
  running(): number
  /** How often a program fell when it was started. */
  crashes(): number
  stop(): Promise<void>
}

/** Connects, and comes back whenever the line goes, until it is stopped. `version` runs at first. */
export function openLightDongle(identity: DongleIdentity, port: number, version: number): LightDongle {
  const dongle = new UpdatingDongle({ identity, port })
  let running = version
  let crashes = 0
  let last: { number: number; state: UpdateState; code: UpdateCode } = { number: 0, state: 'none', code: 'none' }
  let load: { order: MacedOrder; manifest: Manifest; program: Uint8Array; at: number } | undefined
  let chunkTimer: NodeJS.Timeout | undefined
  let isOn = true
  let restart: (() => void) | undefined

  function report(state: UpdateState, code: UpdateCode = 'none', number = last.number): void {
    last = { number, state, code }
    if (dongle.token !== undefined && !dongle.isClosed()) dongle.report(number, state, code, running, load?.at ?? 0)
  }

  dongle.onOrder = order => {
    // The same one comes again in every session until it is ended; with all of it here it is being tried.
    const hasAll = load !== undefined && load.at === load.manifest.bytes
    if (order.number < last.number || (order.number === last.number && (hasAll || load === undefined))) return
    const mac = updateMac(nodeCrypto, dongle.keys, identity.dongleId, order)
    const manifest = decodeManifest(order.manifest)
    if (!constantTimeEqual(mac, order.mac)) report('refused', 'forged', order.number)
    else if (manifest === undefined) report('refused', 'malformed', order.number)
    else if (manifest.version <= running) report('refused', 'not-newer', order.number)
    else {
      if (load?.order.number !== order.number)
        load = { order, manifest, program: new Uint8Array(manifest.bytes), at: 0 }
      report('loading', 'none', order.number)
      want()
    }
  }

  function want(): void {
    clearTimeout(chunkTimer)
    if (load === undefined || !isOn || dongle.isClosed()) return
    const { order, manifest, at } = load
    dongle.want(order.number, at, Math.min(CHUNK_BYTES, manifest.bytes - at))
    chunkTimer = setTimeout(want, CHUNK_MS)
  }

  dongle.onChunk = ({ number, at, bytes }) => {
    if (load === undefined || number !== load.order.number || at !== load.at) return
    clearTimeout(chunkTimer)
    if (bytes.length === 0) {
      load = undefined
      report('failed', 'withdrawn')
      return
    }
    load.program.set(bytes, at)
    load.at += bytes.length
    if (load.at < load.manifest.bytes) want()
    else takeProgram()
  }

  function takeProgram(): void {
    const { manifest, program } = load as NonNullable<typeof load>
    const isWhole = Buffer.compare(createHash('sha256').update(program).digest(), manifest.sha256) === 0
    if (!isWhole) {
      load = undefined
      report('failed', 'hash')
      return
    }
    report('loaded')
    restart?.()
  }

  /** After a restart: the new program on trial, or the old one again. */
  async function tryProgram(): Promise<void> {
    if (load === undefined || load.at < load.manifest.bytes) return
    const { manifest, program, order } = load
    const hasBegun = startsWithoutEngine(Buffer.from(program).toString('latin1'))
    if (!hasBegun) {
      crashes += 3
      load = undefined
      report('returned', 'crashed')
      return
    }
    const before = running
    running = manifest.version
    report('trial')
    await pause(order.soakS * 1000)
    load = undefined
    if (isOn && !dongle.isClosed()) report('good')
    else running = before
  }

  async function run(): Promise<void> {
    while (isOn) {
      try {
        await dongle.connect()
        dongle.report(last.number, last.state, last.code, running, load?.at ?? 0)
        void tryProgram()
        await new Promise<void>(resolve => {
          restart = resolve
          void dongle.closed().then(resolve)
        })
        await dongle.end()
        dongle.boot++
        dongle.session = 0
      } catch {
        // Refused or cut: it comes back.
      }
      if (isOn) await pause(AGAIN_MS)
    }
  }

  const going = run()
  return {
    dongleId: identity.dongleId,
    running: () => running,
    crashes: () => crashes,
    async stop() {
      isOn = false
      clearTimeout(chunkTimer)
      restart?.()
      await going
    },
  }
}

/** Falls where it asks for a name of the engine: so far it came. Any other fall is its own. The program may be in the engine's short form. */
function startsWithoutEngine(code: string): boolean {
  try {
    new Script(asScript(code)).runInContext(createContext({}), { timeout: 1000 })
    return true
  } catch (error) {
    // an error of the other context: no instanceof
    return (error as { name?: string } | null)?.name === 'ReferenceError'
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
