// Cuts on the real engine's flash file, with the real bundle. A flow is taped once; then each of its writes and erases is cut, before,
// half-way, torn and after it: the host makes the flash that this leaves, and the engine starts on it.

import { openFlashChip } from '../../firmware/host/flash.ts'
import { bundleBoot } from '../../scripts/build-boot.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { isSame } from '../../shared/update/slots.ts'
import type { NorModel } from '../support/nor.ts'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import type { CutRow } from './cut.ts'
import { cutStarts, everySo, newRow } from './cut-starts.ts'
import { type EngineFlow, KNOWN_KEYS } from './engine-flows.ts'
import { judge, type Ledger, newLedger, note } from './ledger.ts'
import { type Found, look } from './look.ts'
import { endOf, type Kit, make, record, type Tape, type Taped } from './record.ts'
import { openStarter, type Started } from './starts.ts'
import { type Cut, cutsOf, imageOf } from './tape.ts'
import { IDENTITY, START_S } from './world.ts'

const MAIN = new URL('../../firmware/main.ts', import.meta.url).pathname
const HOUR_S = 3600

export async function openKit(): Promise<Kit | undefined> {
  const engine = findEngine()
  const version = engine && fitEngineVersion(engine)
  if (!engine || !version) {
    console.error('cuts: no fit Espruino (ESPRUINO=… or on PATH): the model only')
    return undefined
  }
  const { code } = await bundleFirmware(MAIN)
  return { engine, version, boot: await bundleBoot(), program: code }
}

/** The starts before, and the one to be cut, which follows on what they left. */
async function tapeOf(kit: Kit, flow: EngineFlow): Promise<Tape> {
  const { intervalS } = flow
  let start: NorModel | undefined
  if (flow.prepare) {
    const chip = openFlashChip({})
    make(chip, kit, intervalS)
    start = imageOf(chip)
    flow.prepare(start)
  }
  let fromS = START_S
  for (const telegrams of flow.before) {
    start = endOf(await record({ kit, start, intervalS, fromS, telegrams }))
    fromS += HOUR_S
  }
  return record({ kit, start, intervalS, fromS, telegrams: flow.telegrams, tend: flow.tends?.(kit) })
}

interface Job extends Cut {
  /** What had been promised by then. */
  ledger: Ledger
}

function* jobsOf(tape: Tape, take: () => boolean): Generator<Job> {
  const ledger = newLedger()
  let noted = -1
  for (const cut of cutsOf(tape.start, tape.operations, take)) {
    if (cut.index !== noted) note(ledger, tape, tape.operations[cut.index] as Taped, look(cut.at, IDENTITY.dongleId))
    noted = cut.index
    yield { ...cut, ledger: structuredClone(ledger) }
  }
}

/** Throws for what no start may be. */
function checkStart({ lines }: Started, { deviceKey, versions }: Found): void {
  if (!lines.some(line => /^loader: slot/.test(line))) throw new Error('no program was whole')
  if (!KNOWN_KEYS.some(key => isSame(key, deviceKey))) throw new Error('a key that the server does not know')
  if (versions.length === 0) throw new Error('no slot holds a good program')
}

/** Every `stride`-th cut of a flow, of both depths. */
export async function cutEngineFlow(kit: Kit, flow: EngineFlow, stride: number): Promise<CutRow> {
  const row = newRow(kit, flow.name)
  const take = everySo(stride)
  await cutStarts(
    row,
    () => openStarter(kit.engine, chip => make(chip, kit, flow.intervalS)),
    jobsOf(await tapeOf(kit, flow), take),
    take,
    (started, image, { ledger }) => {
      const found = look(started.image, IDENTITY.dongleId)
      checkStart(started, found)
      return judge(ledger, look(image, IDENTITY.dongleId), found, flow.intervalS)
    },
  )
  return row
}
