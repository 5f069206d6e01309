// Everything a dongle does with its flash, as flows to be cut: `prepare` brings the flash to where it begins (no cuts), `act` is run
// again and again with the power going at each of its writes and erases. A new flow is an entry here.

import { noteEnd } from '../../firmware/journal.ts'
import { keepAll } from '../../firmware/keeper.ts'
import type { Ring } from '../../shared/session/ring.ts'
import {
  acknowledge,
  CONFIG,
  type CutWorld,
  cloneWorld,
  configure,
  createWorld,
  type Program,
  ringsOf,
  start,
  telegrams,
} from './world.ts'

export interface Flow {
  name: string
  prepare(): CutWorld
  act(world: CutWorld): void
}

/** A dongle that ran for `seconds` without a network. */
function afterOutage(seconds: number): CutWorld {
  const world = createWorld()
  telegrams(start(world), seconds)
  return world
}

/** A month without a network in small: at the moment when the last ring is about to get something. */
function beforeCascade(act: (world: CutWorld) => Program): CutWorld {
  const world = createWorld()
  const program = start(world)
  telegrams(program, 60_000)
  for (let tries = 0; tries < 1000; tries++) {
    const trial = cloneWorld(world)
    act(trial)
    const coarsest = ringsOf(act(trial)).at(-1) as Ring
    if (coarsest.newestPlace >= 0) return world
    telegrams(program, 50)
  }
  throw new Error('no sector was thinned into the last ring')
}

function actCascade(world: CutWorld): Program {
  const program = start(world)
  telegrams(program, 60)
  return program
}

export const FLOWS: Flow[] = [
  { name: 'first start', prepare: createWorld, act: world => void start(world) },
  { name: 'append', prepare: () => afterOutage(35), act: world => telegrams(start(world), 35) },
  { name: 'wrap and drop', prepare: () => afterOutage(1700), act: world => telegrams(start(world), 400) },
  {
    name: 'release',
    prepare: () => afterOutage(620),
    act: world => {
      const program = start(world)
      telegrams(program, 12)
      acknowledge(program, program.ring, 70)
      telegrams(program, 12)
    },
  },
  {
    name: 'config write',
    prepare: () => afterOutage(25),
    act: world => {
      const program = start(world)
      configure(program, { ...CONFIG, intervalS: 60 })
      configure(program, { ...CONFIG, networks: [{ ssid: 'attic', password: 'another one' }] })
    },
  },
  {
    name: 'boot counter turns over',
    prepare: () => {
      const world = afterOutage(5)
      const counter = world.flashes[0]!
      // all but the last three starts of the page
      counter.write(4 * 4096 + 16, new Uint8Array(4080 - 4))
      counter.write(4 * 4096 + 4092, Uint8Array.of(0, 0, 0, 7))
      world.promises.boots = new Map([[32_637, { noticed: 0, kept: 0 }]])
      world.promises.keptTimes = []
      for (const flash of world.flashes.slice(1)) flash.cells.fill(255)
      return world
    },
    act: world => {
      for (let i = 0; i < 6; i++) telegrams(start(world), 2)
    },
  },
  {
    name: 'journal turns over',
    prepare: () => {
      const world = createWorld()
      for (let i = 0; i < 3; i++) telegrams(start(world), 12)
      for (let i = 0; i < 59; i++) start(world)
      return world
    },
    act: world => {
      for (let i = 0; i < 3; i++) telegrams(start(world), 13)
    },
  },
  {
    name: 'end of boot',
    prepare: () => afterOutage(33),
    act: world => {
      const program = start(world)
      telegrams(program, 7)
      keepAll(program.keeper)
      noteEnd(program.keeper.journal, 'asked')
      telegrams(start(world), 3)
    },
  },
  { name: 'coarse tiers', prepare: () => beforeCascade(actCascade), act: world => void actCascade(world) },
  {
    name: 'coarse release',
    prepare: () => afterOutage(9000),
    act: world => {
      const program = start(world)
      for (const ring of ringsOf(program).toReversed()) acknowledge(program, ring, 25)
      telegrams(program, 11)
    },
  },
]
