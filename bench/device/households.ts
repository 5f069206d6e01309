// What the measured dongle hears: a Flemish three-phase household whose meter prints every field that Belgian meters have, with
// month peaks and a text until a telegram has 1,018 bytes: the budgets are stated for 1,017, a text comes in steps of two.

import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'

export const START_S = 1_790_000_000
/** Of the telegram with its checksum and line end. */
export const TELEGRAM_BYTES = 1018
const DAY_S = 86_400

/** `count` telegrams, one a second, all of TELEGRAM_BYTES; at `changedAt` the gas meter has a new capture, which is no slot. */
export function householdTelegrams(count: number, changedAt = count): string[] {
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const history = Array.from({ length: 4 }, (_, month) => ({
    monthEndAtS: START_S - (4 - month) * 30 * DAY_S,
    peakAtS: START_S - (4 - month) * 30 * DAY_S - 5 * DAY_S,
    peakW: 2500 + 300 * month,
  }))
  return Array.from({ length: count }, (_, i) => {
    const reading = household.next(START_S + i)
    if (i >= changedAt) reading.gasDm3 = (reading.gasDm3 ?? 0) + 7
    const bare = telegramText('fluvius', reading, { history }).length
    const textMessage = 'x'.repeat((TELEGRAM_BYTES - bare) / 2)
    return telegramText('fluvius', reading, { history, textMessage })
  })
}
