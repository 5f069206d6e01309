// From a board on a port to a sealed, registered, labelled dongle: the steps in their order, and nothing else. Each may be cut short;
// the same command goes on from what is on the chip, because a stretch of flash that is right already is left alone.

import type { FlashConfig } from '../../shared/schema/flash-config.ts'
import type { DongleConfig, Identity } from '../../shared/session/system-page.ts'
import type { StorageFile } from '../../shared/update/program-image.ts'
import type { LabelFacts } from '../label/layout.ts'
import { phrase } from '../text/say.ts'
import { type BackendAccess, registerDongle } from './backend.ts'
import { type Chip, connectChip } from './chip.ts'
import { type TakeBytes, waitForSelfTest } from './console.ts'
import { hashOfClaimCode, newClaimCode, newIdentity } from './identity.ts'
import { type BootPrograms, identityIn, partOf, planFlash, type Stretch } from './plan.ts'
import { type EnginePart, regionsOf, type WifiNetwork } from './regions.ts'
import { PARTS, type Part, type SelfTest } from './self-test.ts'
import type { OpenLine, SerialLine } from './serial-line.ts'
import type { Show } from './show.ts'
import { Trouble } from './trouble.ts'

export interface Recipe {
  config: FlashConfig
  engine: EnginePart[]
  bundle: Uint8Array
  beside: StorageFile[]
  boot: BootPrograms
  networks: WifiNetwork[]
  access: BackendAccess
  /** Puts a label onto paper; returns where it is. Throws Trouble label.unwritten. */
  writeLabel(facts: LabelFacts): Promise<string[]>
  tray: string | undefined
  baud: number
  isNewIdentityForced: boolean
  /** What must be good besides program and flash. */
  needed: Part[]
  selfTestMs: number
  /** Resets to try before a silent chip is given up. */
  attempts: number
  patience?: number
  openLine: OpenLine
}

/** What a batch writes down on the way. */
export interface Milestones {
  /** Before anything is written; true: this board is done already. */
  met(mac: string): boolean
  reached(outcome: 'flashed' | 'registered' | 'done', dongleId: string): void
}

export interface Made {
  dongleId: string
  labelPaths: string[]
}

const ROM_BAUD = 115200

/** Undefined when the board was done before. Throws Trouble. */
export async function makeDongle(
  recipe: Recipe,
  port: string,
  show: Show,
  milestones: Milestones,
): Promise<Made | undefined> {
  const line = await recipe.openLine(port, ROM_BAUD)
  try {
    const chip = await connect(recipe, line, show)
    if (milestones.met(chip.facts.mac)) {
      show.done('tray', phrase('tray.skipped'), { port, mac: chip.facts.mac, isSkipped: true })
      return undefined
    }
    const { identity, isKept } = await chooseIdentity(recipe, chip, show)
    await writeFlash(recipe, chip, identity, isKept, show)
    milestones.reached('flashed', identity.dongleId)
    const test = await selfTest(recipe, line, show, (listen, hasSpoken) => startChip(chip, show, listen, hasSpoken))
    const made = { firmware: test.firmware ?? 'unknown', engine: recipe.config.engine.version }
    return await sealDongle(recipe, identity, made, show, milestones)
  } finally {
    await line.close()
  }
}

async function connect(recipe: Recipe, line: SerialLine, show: Show): Promise<Chip> {
  const { config, baud, attempts, patience } = recipe
  show.progress('connect', 0, line.path)
  const askForBoot = (): void => show.ask(phrase('connect.no-lines', { port: line.path }))
  const chip = await connectChip(line, { wanted: config.board, baud, attempts, patience, askForBoot })
  const last = regionsOf(config).at(-1)
  const needs = last === undefined ? 0 : last.at + last.bytes
  const { description, mac, flashBytes } = chip.facts
  if (flashBytes < needs) throw new Trouble('chip.small', { hasKB: flashBytes / 1024, needsKB: needs / 1024 })
  const facts = { port: line.path, chip: description, mac, flashKB: flashBytes / 1024, baud }
  show.done('connect', phrase('connect.chip', { chip: description, flashMB: flashBytes / 1_048_576, mac }), facts)
  return chip
}

/** A chip that has an identity keeps it: whoever runs the command twice gets one dongle, not two. */
async function chooseIdentity(
  recipe: Recipe,
  chip: Chip,
  show: Show,
): Promise<{ identity: Identity; isKept: boolean }> {
  const system = recipe.config.flash.regions.system
  show.progress('identity', 0, phrase('identity.looking'))
  const there = recipe.isNewIdentityForced
    ? undefined
    : identityIn(await chip.read(Number(system.at), system.kB * 1024))
  const identity = there ?? newIdentity()
  const sentence = phrase(there === undefined ? 'identity.new' : 'identity.kept', { id: identity.dongleId })
  show.done('identity', sentence, { dongleId: identity.dongleId, isKept: there !== undefined })
  return { identity, isKept: there !== undefined }
}

async function writeFlash(recipe: Recipe, chip: Chip, identity: Identity, isKept: boolean, show: Show): Promise<void> {
  const plan = planFlash({
    regions: regionsOf(recipe.config),
    engine: recipe.engine,
    bundle: recipe.bundle,
    beside: recipe.beside,
    version: recipe.config.program.version,
    boot: recipe.boot,
    slotsAt: recipe.config.flash.slots.map(Number),
    identity,
    isIdentityKept: isKept,
    config: dongleConfig(recipe),
    chipBytes: chip.facts.flashBytes,
  })
  const total = plan.reduce((sum, stretch) => sum + stretch.bytes, 0)
  let done = 0
  let written = 0
  for (const stretch of plan) {
    show.progress('write', done / total, partOf(stretch))
    const isChanged = await makeRight(chip, stretch, part =>
      show.progress('write', (done + part * stretch.bytes) / total, partOf(stretch)),
    )
    done += stretch.bytes
    if (isChanged) written += stretch.bytes
  }
  const facts = { bytes: total, changedBytes: written, stretches: plan.length }
  show.done(
    'write',
    phrase('write.done', { changedKB: Math.ceil(written / 1024), totalKB: total / 1024, parts: plan.length }),
    facts,
  )
}

/** True when it had to be changed. Throws Trouble flash.differs. */
async function makeRight(chip: Chip, stretch: Stretch, progress: (part: number) => void): Promise<boolean> {
  if (await chip.isRight(stretch)) return false
  await chip.make(stretch, progress)
  if (!(await chip.isRight(stretch))) throw new Trouble('flash.differs', { part: partOf(stretch) })
  return true
}

export function dongleConfig({ config, networks }: Pick<Recipe, 'config' | 'networks'>): DongleConfig {
  const { host, port, isTls } = config.gateway
  return { host, port, isTls, networks, intervalS: config.uploadIntervalS }
}

async function startChip(chip: Chip, show: Show, listen: TakeBytes, hasSpoken: () => boolean): Promise<void> {
  const isByItself = await chip.start(listen)
  if (!isByItself && !hasSpoken()) show.ask(phrase('start.press'))
}

export async function selfTest(
  recipe: Pick<Recipe, 'needed' | 'selfTestMs'>,
  line: SerialLine,
  show: Show,
  start: (listen: TakeBytes, hasSpoken: () => boolean) => Promise<void>,
): Promise<SelfTest> {
  let hasSpoken = false
  const needed: Part[] = ['program', 'flash', ...recipe.needed]
  show.progress('selftest', 0, phrase('selftest.starting'))
  const told = (test: SelfTest): void => {
    hasSpoken = true
    const good = PARTS.filter(part => test.parts[part].state === 'good')
    const names = good.map(part => phrase(`part.${part}`))
    show.progress('selftest', good.length / PARTS.length, names)
  }
  const test = await waitForSelfTest(line, { needed, timeoutMs: recipe.selfTestMs, told }, listen =>
    start(listen, () => hasSpoken),
  )
  const sentence = PARTS.map(part => phrase('said.part', { part: phrase(`part.${part}`), said: test.parts[part].said }))
  const states = Object.fromEntries(PARTS.map(part => [part, test.parts[part].state]))
  show.done('selftest', sentence, { ...states, firmware: test.firmware })
  return test
}

/** Registration, then the label: a code that the backend does not know is never printed. */
export async function sealDongle(
  recipe: Pick<Recipe, 'access' | 'tray' | 'writeLabel'>,
  identity: Identity,
  made: { firmware: string; engine: string },
  show: Show,
  milestones: Milestones,
): Promise<Made> {
  const { dongleId, deviceKey, epoch, setupPassword } = identity
  const claimCode = newClaimCode()
  show.progress('register', 0, dongleId)
  const { outcome } = await registerDongle(recipe.access, dongleId, {
    deviceKeyHex: Buffer.from(deviceKey).toString('hex'),
    epoch,
    claim: hashOfClaimCode(claimCode),
    ...made,
    tray: recipe.tray,
  })
  milestones.reached('registered', dongleId)
  show.done('register', phrase(`register.${outcome}`), { dongleId, outcome })
  if (outcome === 'owned') {
    milestones.reached('done', dongleId)
    return { dongleId, labelPaths: [] }
  }
  const labelPaths = await recipe.writeLabel({ dongleId, claimCode, setupPassword })
  milestones.reached('done', dongleId)
  show.done('label', labelPaths.join(' '), { dongleId, files: labelPaths })
  return { dongleId, labelPaths }
}
