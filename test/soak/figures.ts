// The figures of a soak and their goals: what arrived, what was counted, how the memory stands, how deep the stack got.

import { type Figure, figure } from '../../bench/figure.ts'
import type { Days } from './days.ts'
import { grownBy } from './memory-curve.ts'
import type { Outage } from './outage.ts'
import { deepestStack } from './stack.ts'

/** Readings of so long may be in the open batch or on their way when the run ends. */
const UNDERWAY_S = 30
/** The collector leaves more or less behind, by where in a batch it came. */
const GROWTH_MAX = 60
const FREE_GOAL = 1000
/** Of the stack's bytes on the chip, whose frames need not be those of the Linux build. */
const STACK_GOAL = 22_000

/** `days` of a telegram each `everyS` seconds. */
export function figuresOf(days: Days, everyS: number): Figure[] {
  const lost = Object.values(days.lost).reduce((sum, one) => sum + one, 0)
  const figures = [
    figure('telegrams sent', days.telegrams, '', 'none'),
    figure('delivered as sent', days.delivered, '', `>= ${days.telegrams - days.missing - lost}`),
    figure('arrived otherwise than sent', days.wrong, '', '<= 0'),
    figure('counted as lost', (lost * 1000) / days.telegrams, 'permille', '<= 1'),
    figure('under way when the run ended', days.missing, '', `<= ${Math.ceil(UNDERWAY_S / everyS)}`),
  ]
  const grown = grownBy(days.memory)
  if (grown !== undefined) figures.push(figure('memory grown', grown, 'variables', `<= ${GROWTH_MAX}`))
  if (days.memory.length > 0) {
    const least = Math.min(...days.memory.map(one => one.leastFree))
    figures.push(figure('least free', least, 'variables', `>= ${FREE_GOAL}`))
  }
  return figures
}

/** After an outage everything arrives: nothing was lost, and nothing is left in the dongle. */
export function outageFigures(outage: Outage): Figure[] {
  const lost = Object.values(outage.lost).reduce((sum, one) => sum + one, 0)
  return [
    figure('telegrams sent', outage.telegrams, '', 'none'),
    figure('delivered as sent', outage.delivered, '', `>= ${outage.telegrams}`),
    figure('arrived otherwise than sent', outage.wrong, '', '<= 0'),
    figure('counted as lost', lost, '', '<= 0'),
    figure('still in the dongle', outage.missing, '', '<= 0'),
    figure('all delivered', outage.doneS, 's', 'none'),
  ]
}

/** The stack while the program runs, its collector left out and with it. */
export async function stackFigures(engine: string, bundle: string): Promise<Figure[]> {
  const calls = await deepestStack(engine, bundle, false)
  const all = await deepestStack(engine, bundle, true)
  return [
    figure('deepest stack, no collector', calls, 'bytes', `<= ${STACK_GOAL}`),
    figure('deepest stack', all, 'bytes', `<= ${STACK_GOAL}`),
  ]
}

/** Prints them and sets the exit code. */
export function tell(figures: Figure[], isJson: boolean): void {
  for (const figure of figures) {
    const { name, value, unit, goal, ok } = figure
    const numbers = `${String(value).padStart(9)} ${unit.padEnd(10)}`
    if (isJson) console.log(JSON.stringify(figure))
    else console.log(`${name.padEnd(42)}${numbers}goal ${goal}${ok ? '' : '  MISSED'}`)
  }
  process.exitCode = figures.every(one => one.ok) ? 0 : 1
}
