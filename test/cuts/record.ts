// Makes tapes: the real bundle with its loader on the real engine, at a clock that waits for it (paced-engine.ts), so that a machine with
// other work changes nothing. The host is the meter, and the gateway where there is one; it notes beside every write and erase what the
// dongle had been given by then and what the gateway had stored.

import type { FlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash, prepareProgram } from '../../firmware/host/prepare-flash.ts'
import type { BootFiles } from '../../scripts/build-boot.ts'
import { spanOf } from '../../shared/batch/batch.ts'
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { MemoryBook } from '../support/memory-book.ts'
import { MemoryUpdates } from '../support/memory-updates.ts'
import type { NorModel } from '../support/nor.ts'
import { runPaced } from '../support/paced-engine.ts'
import { apply, copyOf, imageOf, type Operation, operationIn, putImage, TAPE } from './tape.ts'
import { CONFIG, IDENTITY } from './world.ts'

const latin = (code: string): Uint8Array => new Uint8Array(Buffer.from(code, 'latin1'))
/** The engine's most: what a module can hold is shown elsewhere. */
const VARIABLES = 16_383

/** What is at hand for every run. */
export interface Kit {
  engine: string
  version: string
  boot: BootFiles
  program: string
}

/** A gateway's side of a flow. */
export interface Table {
  under: GatewayUnderTest
  book: MemoryBook
  updates: MemoryUpdates
  /** Telegrams so far, of all starts on the tape. */
  given: number
}

export interface Taped extends Operation {
  /** Which boot said last that it runs, 0 before the first, and how many telegrams it had been given: the last of them may be under way. */
  boot: number
  given: number
  /** How many sequence numbers of Tape.stored the gateway had stored. */
  stored: number
}

export interface Tape {
  start: NorModel
  operations: Taped[]
  /** [boot, sequence number], in the order in which the gateway stored them. */
  stored: [number, number][]
  lines: string[]
}

export interface Recording {
  kit: Kit
  /** Flash before; undefined: a dongle as it is made. */
  start: NorModel | undefined
  intervalS: number
  /** The meter's clock. */
  fromS: number
  /** Telegrams in this start when there is no gateway. */
  telegrams: number
  /** With one: called each second; true when the flow is over. */
  tend?(table: Table): boolean
}

/** A dongle as it leaves the table, but for .boot0; or with what it had in flash at another time. Without a gateway it knows no network. */
export function make(chip: FlashChip, kit: Kit, intervalS: number, port?: number, image?: NorModel): void {
  const networks = port === undefined ? [] : CONFIG.networks
  prepareProgram(chip, {
    loader: latin(kit.boot.loader),
    updater: latin(kit.boot.updater),
    rescue: latin(kit.boot.rescue),
    program: latin(kit.program),
    version: 1,
  })
  if (image) putImage(chip, image)
  prepareFlash(chip, IDENTITY, { host: '127.0.0.1', port: port ?? 1883, isTls: false, networks, intervalS })
}

export async function record(recording: Recording): Promise<Tape> {
  const { kit, intervalS, tend } = recording
  const book = new MemoryBook()
  const updates = new MemoryUpdates()
  const under = tend && (await startGatewayUnderTest({ intervalS }, [IDENTITY], { book, updates }))
  const tape: Tape = { start: undefined as unknown as NorModel, operations: [], stored: [], lines: [] }
  const household = createHousehold({ seed: 5, startS: recording.fromS, hasPhases: true })
  let boot = 0
  let given = 0
  let total = 0
  let batches = 0

  function noteStored(): void {
    const all = [...(under?.ingest.stored.values() ?? [])]
    for (const { batch } of all.slice(batches)) {
      for (let i = 0; i < spanOf(batch); i++) tape.stored.push([batch.boot, batch.firstSeq + i])
    }
    batches = all.length
  }

  try {
    await runPaced({
      engine: kit.engine,
      variables: VARIABLES,
      speed: 0,
      everyS: 1,
      memoryEvery: 0,
      restarts: true,
      script: TAPE,
      prepare: chip => {
        make(chip, kit, intervalS, under?.port, recording.start)
        tape.start = imageOf(chip)
      },
      telegram: () => {
        const isOver = tend && under ? tend({ under, book, updates, given: total }) : given >= recording.telegrams
        if (isOver) return undefined
        if (under) under.time.wallS = recording.fromS + total
        given++
        return telegramText('fluvius', household.next(recording.fromS + total++))
      },
      line: (_second, line) => {
        tape.lines.push(line)
        const boots = /^boot (\d+), after/.exec(line)
        if (boots) {
          boot = Number(boots[1])
          given = 0
        }
        const operation = operationIn(line)
        if (operation === undefined) return
        noteStored()
        tape.operations.push({ ...operation, boot, given, stored: tape.stored.length })
      },
    })
  } finally {
    await under?.gateway.stop()
  }
  const wrong = tape.lines.find(line => /Uncaught|OUT OF MEMORY|memory: none/.test(line))
  if (wrong !== undefined) throw new Error(`the program fell while it was taped: ${wrong}`)
  return tape
}

/** What flash holds when the tape is through. */
export function endOf(tape: Tape): NorModel {
  const image = copyOf(tape.start)
  for (const operation of tape.operations) apply(image, operation)
  return image
}
