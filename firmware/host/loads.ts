// What draws and feeds power in the simulated household, second by second: standby, fridge, appliances, heat pump, car,
// sun. Shapes are simple on purpose; what matters to a codec is how often values step and how they tremble between steps,
// and those parameters are the constants here. Power in W per phase, feeding in is negative. Nothing rounds here.

import type { Random } from '../../shared/kernel/random.ts'
import type { LocalTime } from './belgian-time.ts'

/** A number 0 … 1 (1 excluded). */
export function uniform(random: Random): number {
  return random.uint32() / 4294967296
}

/** A number from the normal distribution (Box-Muller): with its tails, because the tails are what a codec pays for. */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random))
}

/** Noise that remembers: the standard deviation is 1, and it forgets in about `tauS` seconds. */
export interface Drift {
  value: number
  keep: number
}

export function createDrift(random: Random, tauS: number): Drift {
  return { value: gaussian(random), keep: Math.exp(-1 / tauS) }
}

export function stepDrift(drift: Drift, random: Random): number {
  drift.value = drift.keep * drift.value + Math.sqrt(1 - drift.keep * drift.keep) * gaussian(random)
  return drift.value
}

export interface LoadOptions {
  /** Peak of the panels, in W; one-phase inverter on L1. 0: none. */
  solarPeakW: number
  /** Car charger on three phases, in W. 0: none. */
  chargerW: number
  /** Largest electric power of the heat pump on L2, in W. 0: none. */
  heatPumpW: number
}

// One use of an appliance: `watt(second since start)` until it gives 0 for good after `lengthS`.
interface Use {
  startS: number
  lengthS: number
  phase: 0 | 1 | 2
  watt(secondS: number, random: Random): number
}

export interface Loads {
  options: LoadOptions
  random: Random
  day: number
  uses: Use[]
  car: { startS: number; lengthS: number }
  fridgeS: number
  cloud: 'clear' | 'broken' | 'overcast'
  cloudUntilS: number
  cloudDrift: Drift
  light: number
  heatPumpOn: boolean
  heatPumpUntilS: number
  heatPumpW: number
  chargerW: number
  restlessW: number
}

export function createLoads(random: Random, options: LoadOptions): Loads {
  return {
    options,
    random,
    day: -1,
    uses: [],
    car: { startS: 0, lengthS: 0 },
    fridgeS: Math.floor(uniform(random) * 2700),
    cloud: 'broken',
    cloudUntilS: 0,
    cloudDrift: createDrift(random, 45),
    light: 0.5,
    heatPumpOn: false,
    heatPumpUntilS: 0,
    heatPumpW: 0,
    chargerW: 0,
    restlessW: 0,
  }
}

/** The power of each phase in the second that ends at `timeS`, as [L1, L2, L3]; below 0 is feeding in. */
export function stepLoads(loads: Loads, timeS: number, local: LocalTime): [number, number, number] {
  const { random } = loads
  if (local.day !== loads.day) {
    loads.day = local.day
    loads.uses = usesOfDay(random, local)
    const lengthS = uniform(random) < 0.6 ? 5400 + Math.floor(uniform(random) * 7200) : 0
    loads.car = { startS: Math.floor((17.5 + 3 * uniform(random)) * 3600), lengthS }
  }
  const watt: [number, number, number] = [85, 60 + fridgeW(loads), 70 + restlessW(loads, local)]
  for (const use of loads.uses) {
    const second = local.secondOfDay - use.startS
    if (second >= 0 && second < use.lengthS) watt[use.phase] += use.watt(second, random)
  }
  watt[1] += heatPumpW(loads, timeS, local)
  const carW = chargerW(loads, local) / 3
  for (let phase = 0; phase < 3; phase++) watt[phase]! += carW
  watt[0] -= solarW(loads, timeS, local)
  return watt
}

// 15 minutes on, half an hour off, a kick of the motor in the first second.
function fridgeW(loads: Loads): number {
  loads.fridgeS = (loads.fridgeS + 1) % 2700
  return loads.fridgeS >= 900 ? 0 : loads.fridgeS === 0 ? 450 : 80
}

// Screens and computers of an evening: another level every ten seconds or so.
function restlessW(loads: Loads, local: LocalTime): number {
  const { random } = loads
  if (local.secondOfDay < 17.5 * 3600 || local.secondOfDay > 23 * 3600) return 0
  if (uniform(random) < 0.1) loads.restlessW = 60 + 160 * uniform(random)
  return loads.restlessW
}

function usesOfDay(random: Random, local: LocalTime): Use[] {
  const uses: Use[] = []
  const at = (hour: number, spreadH: number) => Math.floor((hour + spreadH * (uniform(random) - 0.5)) * 3600)
  const plan = (phase: 0 | 1 | 2, startS: number, lengthS: number, watt: Use['watt']) =>
    uses.push({ phase, startS, lengthS, watt })
  for (const hour of [7, 10, 13.5, 16, 20.5]) {
    if (uniform(random) < 0.7) plan(2, at(hour, 1), 150 + Math.floor(uniform(random) * 90), () => 2050) // kettle
  }
  if (uniform(random) < 0.7) plan(0, at(local.isWeekend ? 11 : 19, 2), 6600, washingMachineW)
  if (uniform(random) < 0.6)
    plan(1, at(20, 1.5), 5400, s => ((s > 300 && s < 1500) || (s > 3900 && s < 4700) ? 1950 : 60)) // dishwasher
  if (uniform(random) < 0.5) plan(1, at(18.2, 1), 3000, s => (s < 480 || s % 90 < 32 ? 2300 : 35)) // oven: heats, then its thermostat
  plan(2, at(18.4, 1), 1500, s => (s < 240 ? 1850 : s % 5 < 2 ? 1400 : 30)) // induction hob: pulses of 2 s in 5
  return uses
}

// Heats for 12 minutes, then the drum turns 12 s in 20, and spins at the end.
function washingMachineW(second: number, random: Random): number {
  if (second > 180 && second < 900) return 2080
  if (second > 5900) return 420 + 40 * gaussian(random)
  return second % 20 < 12 ? 190 + 25 * gaussian(random) : 8
}

// Runs for 20 to 60 minutes, longer and harder when it is cold; the compressor follows its target over a minute.
function heatPumpW(loads: Loads, timeS: number, local: LocalTime): number {
  const { random, options } = loads
  if (options.heatPumpW === 0) return 0
  const cold = 0.5 + 0.5 * Math.cos(((local.dayOfYear - 15) / 365) * 2 * Math.PI)
  if (timeS >= loads.heatPumpUntilS) {
    loads.heatPumpOn = !loads.heatPumpOn && uniform(random) < 0.25 + 0.75 * cold
    loads.heatPumpUntilS = timeS + 1200 + Math.floor(uniform(random) * 2400)
  }
  const targetW = loads.heatPumpOn ? options.heatPumpW * (0.35 + 0.6 * cold) : 12
  loads.heatPumpW += (targetW - loads.heatPumpW) / 60
  return loads.heatPumpW + (loads.heatPumpOn ? 0.008 * loads.heatPumpW * gaussian(random) : 0)
}

// Three evenings in five, 1.5 to 3.5 hours: up by 1 kW a second, a taper in the last ten minutes as the battery fills.
function chargerW(loads: Loads, local: LocalTime): number {
  const second = local.secondOfDay - loads.car.startS
  const left = loads.car.lengthS - second
  const targetW = second >= 0 && left > 0 ? loads.options.chargerW * Math.min(1, 0.3 + left / 850) : 0
  loads.chargerW += Math.max(-4000, Math.min(1000, targetW - loads.chargerW))
  return loads.chargerW
}

// Clear sky: the sun's height over Brussels (50.85 N, 4.35 E). Clouds: three kinds of sky for 10 to 60 minutes each; in a
// broken sky the light wanders within a minute between a quarter and all of it. A cloud's edge takes seconds to cross a roof
// and the inverter follows in seconds, so power follows the light with a lag of 8 s.
function solarW(loads: Loads, timeS: number, local: LocalTime): number {
  const { random, options } = loads
  const wander = stepDrift(loads.cloudDrift, random)
  if (timeS >= loads.cloudUntilS) {
    const draw = uniform(random)
    loads.cloud = draw < 0.35 ? 'clear' : draw < 0.75 ? 'broken' : 'overcast'
    loads.cloudUntilS = timeS + 600 + Math.floor(uniform(random) * 3000)
  }
  const declination = 0.409 * Math.sin((2 * Math.PI * (local.dayOfYear - 81)) / 365)
  const hourAngle = ((timeS % 86_400) / 3600 + 4.35 / 15 - 12) * (Math.PI / 12)
  const latitude = (50.85 / 180) * Math.PI
  const height =
    Math.sin(latitude) * Math.sin(declination) + Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngle)
  if (options.solarPeakW === 0 || height <= 0.02) return 0
  const target =
    loads.cloud === 'clear'
      ? 0.95 + 0.01 * wander
      : loads.cloud === 'overcast'
        ? 0.18 + 0.02 * wander
        : Math.max(0.25, Math.min(1, 0.65 + 0.25 * wander))
  loads.light += (target - loads.light) / 8
  return options.solarPeakW * 0.85 * height ** 1.15 * loads.light
}
