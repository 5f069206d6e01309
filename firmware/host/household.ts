// A simulated Belgian household behind a three-phase e-MUCS meter: what the meter's registers and instruments show each
// second, from one seed. It knows the loads (loads.ts), the grid and the meter's own noise; it refuses to know how a
// telegram looks (meter.ts). The noise is set by real series, not by what packs well; docs/adr/0008 has the comparison.

import { randomBelow, seededRandom } from '../../shared/kernel/random.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import { localTimeOf, tariffOf } from './belgian-time.ts'
import {
  createDrift,
  createLoads,
  type Drift,
  gaussian,
  type LoadOptions,
  type Loads,
  stepDrift,
  stepLoads,
  uniform,
} from './loads.ts'

// The meter and the grid. Power trembles by 1 W and 1 % (of the first 400 W; 0.2 % of the rest) with a memory of 3 s.
const TREMBLE_S = 3
const WHITE_W = 1.2
const WHITE_CURRENT_CA = 1
const STANDING_VAR = 60
const GRID_OHM = 0.3
const SLOW_VOLTAGE = { tauS: 1800, sigmaDV: 20 }
const QUICK_VOLTAGE = { tauS: 20, sigmaDV: 2.5 }
const WHITE_VOLTAGE_DV = 0.4
const QUARTER_S = 900
const GAS_CAPTURE_S = 300

export interface HouseholdOptions extends Partial<LoadOptions> {
  /** Whole number; the same seed gives the same household for ever. */
  seed: number
  /** Epoch seconds; the first reading may be at `startS` or later. */
  startS: number
  /** Voltages, currents and powers of each phase: sent in Flanders and Wallonia, not in Brussels. Default true. */
  hasPhases?: boolean
  /** A gas meter on the M-Bus. Default true. */
  hasGas?: boolean
}

export interface Household {
  /**
   * The reading at `timeS` (epoch seconds, never before an earlier one). Everything is simulated second by second in
   * between, so what a second holds does not depend on how often one asks. A second asked again gives the same reading.
   */
  next(timeS: number): Reading
}

interface Phase {
  tremble: Drift
  slowVoltage: Drift
  quickVoltage: Drift
  watt: number
  voltageDV: number
  currentCA: number
}

/** A household that has lived with its meter for about two years. Defaults: 5 kW of panels, 11 kW charger, 3 kW heat pump. */
export function createHousehold(options: HouseholdOptions): Household {
  const { startS, hasPhases = true, hasGas = true } = options
  const { solarPeakW = 5000, chargerW = 11_000, heatPumpW = 3000 } = options
  const random = seededRandom(options.seed)
  const loads: Loads = createLoads(random, { solarPeakW, chargerW, heatPumpW })
  const phases: Phase[] = [0, 1, 2].map(() => ({
    tremble: createDrift(random, TREMBLE_S),
    slowVoltage: createDrift(random, SLOW_VOLTAGE.tauS),
    quickVoltage: createDrift(random, QUICK_VOLTAGE.tauS),
    watt: 0,
    voltageDV: 2300,
    currentCA: 0,
  }))
  // Registers in watt-seconds: 3600 of them are a Wh, and they add up exactly far below 2^53.
  const wattSeconds = (kWh: number) => Math.floor(1000 * kWh * (0.75 + 0.5 * uniform(random))) * 3600
  const offtakeWs = [wattSeconds(5200), wattSeconds(6900)]
  const injectionWs = solarPeakW > 0 ? [wattSeconds(5100), wattSeconds(2300)] : [0, 0]
  const gas = { dm3: 1_000_000 + randomBelow(random, 3_000_000), flow: 0, shown: 0, atS: 0 }
  const peak = { watt: 2000 + randomBelow(random, 4000), atS: Math.floor(startS / QUARTER_S) * QUARTER_S - 86_400 }
  let quarterWs = 0
  let month = localTimeOf(startS).month
  let tariff = 1
  let netW = 0
  let nowS = startS - 1

  function closeQuarter(local: { month: number }): void {
    const watt = Math.floor(quarterWs / QUARTER_S)
    if (local.month !== month || watt > peak.watt) {
      peak.watt = watt
      peak.atS = nowS
    }
    month = local.month
    quarterWs = 0
  }

  function stepGas(secondOfDay: number): void {
    const isWarm = secondOfDay > 6 * 3600 && secondOfDay < 22 * 3600
    if (uniform(random) < 1 / 600) gas.flow = isWarm && uniform(random) < 0.35 ? 0.15 + 0.4 * uniform(random) : 0
    gas.dm3 += gas.flow
    if (nowS % GAS_CAPTURE_S === 0 || gas.atS === 0) {
      gas.shown = Math.floor(gas.dm3)
      gas.atS = Math.floor(nowS / GAS_CAPTURE_S) * GAS_CAPTURE_S
    }
  }

  function stepSecond(): void {
    nowS++
    const local = localTimeOf(nowS)
    if (nowS % QUARTER_S === 0) closeQuarter(local)
    tariff = tariffOf(local)
    const watt = stepLoads(loads, nowS, local)
    netW = 0
    for (let i = 0; i < 3; i++) netW += measure(phases[i]!, watt[i]!)
    const register = tariff - 1
    if (netW > 0) {
      offtakeWs[register]! += netW
      quarterWs += netW
    } else injectionWs[register]! -= netW
    stepGas(local.secondOfDay)
  }

  // The meter shows whole watts, 0.1 V and 0.01 A; current is apparent power over voltage, without a sign.
  function measure(phase: Phase, watt: number): number {
    const load = Math.abs(watt)
    const trembleW = 1 + 0.01 * Math.min(load, 400) + 0.002 * Math.max(0, load - 400)
    phase.watt = Math.round(watt + trembleW * stepDrift(phase.tremble, random) + WHITE_W * gaussian(random))
    const slowDV = SLOW_VOLTAGE.sigmaDV * stepDrift(phase.slowVoltage, random)
    const quickDV = QUICK_VOLTAGE.sigmaDV * stepDrift(phase.quickVoltage, random)
    const dropDV = ((10 * watt) / 230) * GRID_OHM
    phase.voltageDV = Math.round(2320 + slowDV + quickDV - dropDV + WHITE_VOLTAGE_DV * gaussian(random))
    const apparent = Math.sqrt(phase.watt * phase.watt + STANDING_VAR * STANDING_VAR)
    phase.currentCA = Math.max(0, Math.round((1000 * apparent) / phase.voltageDV + WHITE_CURRENT_CA * gaussian(random)))
    return phase.watt
  }

  function show(): Reading {
    const reading: Reading = {
      timeS: nowS,
      offtakeT1Wh: Math.floor(offtakeWs[0]! / 3600),
      offtakeT2Wh: Math.floor(offtakeWs[1]! / 3600),
      injectionT1Wh: Math.floor(injectionWs[0]! / 3600),
      injectionT2Wh: Math.floor(injectionWs[1]! / 3600),
      offtakeW: Math.max(0, netW),
      injectionW: Math.max(0, -netW),
      tariff,
      quarterAvgOfftakeW: Math.floor(quarterWs / QUARTER_S),
      monthPeakOfftakeW: peak.watt,
      monthPeakAtS: peak.atS,
    }
    if (hasGas) Object.assign(reading, { gasDm3: gas.shown, gasAtS: gas.atS })
    if (hasPhases) for (let i = 0; i < 3; i++) Object.assign(reading, shownPhase(phases[i]!, i + 1))
    return reading
  }

  return {
    next(timeS) {
      while (nowS < timeS) stepSecond()
      return show()
    },
  }
}

function shownPhase(phase: Phase, number: number): Partial<Reading> {
  return {
    [`voltageL${number}dV`]: phase.voltageDV,
    [`currentL${number}cA`]: phase.currentCA,
    [`offtakeL${number}W`]: Math.max(0, phase.watt),
    [`injectionL${number}W`]: Math.max(0, -phase.watt),
  }
}
