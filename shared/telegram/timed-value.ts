// A value with the moment it belongs to: month peaks `(TST)(kW)`, M-Bus captures `(TST)(m3)`, their reversed form (Iskra prints
// the value first) and the long form of DSMR 2.2 and 3, `(time)(status)(period)(count)(code)(unit)(value)`, whose value may stand
// on a line of its own. Espruino dialect.

import { scaledNumber } from './number.ts'
import { timeOf } from './timestamp.ts'

export interface TimedValue {
  value: number | undefined
  atS: number | undefined
  /** What is wrong with the value (none: there is no value) or, when that is right, with the time. */
  fault: 'number' | 'unit' | 'time' | 'none' | undefined
}

/** What stands between the brackets of `text`, in order. One that is never closed was cut off: it counts for nothing. */
export function groupsOf(text: string): string[] {
  const pieces = text.split('(')
  const groups: string[] = []
  for (let i = 1; i < pieces.length; i++) {
    const piece = pieces[i] as string
    const close = piece.indexOf(')')
    if (close >= 0) groups.push(piece.substr(0, close))
  }
  return groups
}

/** `unit` is the one expected; the value comes in the unit of number.ts. A filler time with a value of zero is a meter that never answered: both absent. */
export function timedValue(groups: string[], unit: string): TimedValue {
  const result: TimedValue = { value: undefined, atS: undefined, fault: undefined }
  const isLong = groups.length > 2
  const first = groups.length > 0 ? (groups[0] as string) : ''
  const isReversed = first.indexOf('*') >= 0 || first.indexOf('.') >= 0
  const valueGroup = isReversed ? 0 : groups.length - 1
  const timeGroup = isReversed ? 1 : 0
  if (valueGroup === timeGroup || groups.length === 0) {
    result.fault = 'none'
    return result
  }
  let valueText = groups[valueGroup] as string
  if (isLong && !isReversed && valueText.indexOf('*') < 0) valueText += '*' + groups[valueGroup - 1]
  const value = scaledNumber(valueText, unit)
  const atS = timeGroup < groups.length ? timeOf(groups[timeGroup] as string) : 'filler'
  if (typeof value !== 'number') {
    result.fault = value
    return result
  }
  if (typeof atS === 'number') result.atS = atS
  else if (atS === 'bad') result.fault = 'time'
  if (atS !== 'filler' || value !== 0) result.value = value
  return result
}
