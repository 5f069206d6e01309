// The number between two brackets, `009087.306*kWh`, as a whole number in the unit a reading uses (fields.ts): Wh, W, VA, var,
// dV, cA, dm3, MJ. Scaled from text, never through a float. Meters leave the `*` or the unit out, print Wh for kWh or mA for A;
// all of that is read. Espruino dialect.

/** number: no plain decimal of at most 12 digits, 6 decimals and 15 in all. unit: one of another kind than expected. */
export type NumberFault = 'number' | 'unit'

export const WHOLE_DIGITS_MAX = 12
export const DECIMALS_MAX = 6
export const DIGITS_MAX = 15
/** The last whole number that a double holds exactly. */
export const VALUE_MAX = 9007199254740991

/** The whole number in `text`, given the unit the specification prints; '' is a plain count. More decimals than the unit holds are rounded half up. */
export function scaledNumber(text: string, unit: string): number | NumberFault {
  const star = text.indexOf('*')
  const numberEnd = star < 0 ? plainEnd(text) : star
  const found = text.substr(star < 0 ? numberEnd : star + 1)
  const dot = text.substr(0, numberEnd).indexOf('.')
  const whole = text.substr(0, dot < 0 ? numberEnd : dot)
  const fraction = dot < 0 ? '' : text.substring(dot + 1, numberEnd)
  if (!isDigits(whole, WHOLE_DIGITS_MAX) || (dot >= 0 && !isDigits(fraction, DECIMALS_MAX))) return 'number'
  if (whole.length + fraction.length > DIGITS_MAX) return 'number'
  if (unit === '') return dot < 0 && star < 0 && found === '' ? parseInt(whole, 10) : 'unit'
  let exponent = unitExponent(unit)
  if (found !== unit && (found !== '' || star >= 0)) {
    if (unitKind(found) !== unitKind(unit)) return 'unit'
    exponent = unitExponent(found)
  }
  const mantissa = parseInt(whole, 10) * powerOfTen(fraction.length) + (dot < 0 ? 0 : parseInt(fraction, 10))
  const value = scale(mantissa, exponent - fraction.length)
  return value <= VALUE_MAX ? value : 'number'
}

/** `mantissa` times ten to the `shift`, rounded half up. */
export function scale(mantissa: number, shift: number): number {
  if (shift >= 0) return mantissa * powerOfTen(shift)
  const divisor = powerOfTen(-shift)
  return Math.floor((mantissa + divisor / 2) / divisor)
}

function powerOfTen(exponent: number): number {
  let power = 1
  for (let i = 0; i < exponent; i++) power *= 10
  return power
}

/** Where digits and dots end: the way to a unit without its `*`. */
function plainEnd(text: string): number {
  let at = 0
  while (at < text.length && '0123456789.'.indexOf(text.charAt(at)) >= 0) at++
  return at
}

function isDigits(text: string, lengthMax: number): boolean {
  if (text.length === 0 || text.length > lengthMax) return false
  // One native round trip instead of a loop; the 1 keeps leading zeros, ten digits stay within the 31 bits that print exactly.
  const marked = '1' + text.substr(0, 9)
  if (String(parseInt(marked, 10)) !== marked) return false
  return text.length <= 9 || isDigits(text.substr(9), 9)
}

/** Decimal exponent from the printed unit to the one of a reading: kWh to Wh 3, V to dV 1, A to cA 2, m3 to dm3 3, GJ to MJ 3. */
export function unitExponent(unit: string): number {
  if (unit === 'm3') return 3
  if (unit === 'dm3' || unit === 'l') return 0
  const base = withoutPrefix(unit)
  const small = base === 'V' ? 1 : base === 'A' ? 2 : base === 'J' ? -6 : 0
  if (base === unit) return small
  const prefix = unit.charAt(0)
  return small + (prefix === 'k' ? 3 : prefix === 'M' ? 6 : prefix === 'G' ? 9 : -3)
}

/** What is measured: the unit without prefix and case (kVArh and kvarh are one). */
function unitKind(unit: string): string {
  if (unit === 'dm3' || unit === 'l' || unit === 'm3') return 'm3'
  const base = withoutPrefix(unit)
  // A wrong case must not make a V of a v: only the reactive units vary in the field.
  return base.substr(0, 3) === 'VAr' ? 'var' + base.substr(3) : base
}

function withoutPrefix(unit: string): string {
  return unit.length > 1 && 'kMGm'.indexOf(unit.charAt(0)) >= 0 ? unit.substr(1) : unit
}
