// Telegrams for measuring: a three-phase Flemish household with gas and 13 month peaks, about 1,370 bytes each, one a second.
// What changes from one to the next is what changes on a real line: clock, powers, voltages, currents, the last digits of a register.

import { telegramText } from '../firmware/host/meter.ts'
import { randomBelow, seededRandom } from '../shared/kernel/random.ts'
import type { Reading } from '../shared/reading/reading.ts'
import type { MonthPeak } from '../shared/telegram/telegram-fields.ts'

const START_S = 1_720_461_600
const DAY_S = 86_400

/** `count` telegrams from `seed` on; `serial` makes it another meter, with other registers. */
export function telegramSeries(count: number, seed: number, serial: string): string[] {
  const random = seededRandom(seed)
  const below = (limit: number) => randomBelow(random, limit)
  const history: MonthPeak[] = Array.from({ length: 13 }, (_, month) => ({
    monthEndAtS: START_S - (13 - month) * 30 * DAY_S,
    peakAtS: START_S - (13 - month) * 30 * DAY_S - below(30) * DAY_S,
    peakW: 1500 + below(4000),
  }))
  const registers = [9_087_306, 9_329_888, 5_635_639, 2_258_165].map(wh => wh + below(1_000_000))
  const monthPeak = { monthPeakOfftakeW: 1500 + below(3000), monthPeakAtS: START_S - 5 * DAY_S }
  const gas = { gasDm3: 8_538_167 + below(1000), gasAtS: START_S - 177 }
  const texts: string[] = []
  for (let i = 0; i < count; i++) {
    const phases = [below(900), below(400), below(1300)]
    const offtakeW = phases.reduce((sum, watt) => sum + watt, 0)
    if (below(3) === 0) registers[0] = (registers[0] as number) + 1
    const reading: Reading = {
      timeS: START_S + i,
      offtakeT1Wh: registers[0],
      offtakeT2Wh: registers[1],
      injectionT1Wh: registers[2],
      injectionT2Wh: registers[3],
      offtakeW,
      injectionW: 0,
      tariff: 1,
      quarterAvgOfftakeW: 100 + (i % 900),
      ...monthPeak,
      ...gas,
      voltageL1dV: 2310 + below(30),
      voltageL2dV: 2310 + below(30),
      voltageL3dV: 2310 + below(30),
      currentL1cA: below(400),
      currentL2cA: below(200),
      currentL3cA: below(600),
      offtakeL1W: phases[0],
      offtakeL2W: phases[1],
      offtakeL3W: phases[2],
      injectionL1W: 0,
      injectionL2W: 0,
      injectionL3W: 0,
    }
    texts.push(telegramText('fluvius', reading, { serial, history }))
  }
  return texts
}
