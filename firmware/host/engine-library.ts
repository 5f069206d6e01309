// What the engine's library does otherwise than the standard's: octal numbers in text, fractions printed by repeated division,
// slices of typed arrays that are plain arrays, roundings of halves away from zero, arguments that are not looked at
// (src/jsutils.c, src/jsvar.c, src/jswrap_array*.c, src/jswrap_json.c). Strings are engine-strings.ts's.

/** Runs inside the realm; everything it needs stands in it. Defines the helpers that a rewritten script calls. */
export function tameLibrary(helpers: { number: string; text: string; length: string; place: string }): void {
  const NativeNumber = Number
  const nativeFloor = Math.floor
  const nativeExp = Math.exp
  const nativeLog = Math.log
  const nativePow = Math.pow
  const nativeParseInt = parseInt
  const nativeParse = JSON.parse
  const nativeStringify = JSON.stringify
  const nativeToString = Number.prototype.toString
  const isWhole = Number.isInteger
  const isFiniteNumber = Number.isFinite
  const TypedArray = Object.getPrototypeOf(Uint8Array)
  const nativeSlice = TypedArray.prototype.slice
  const nativeFilter = TypedArray.prototype.filter
  const nativeFrom = Array.from
  const nativeObject = Object
  const NativeError = Error
  const isTyped = ArrayBuffer.isView
  /** Longer texts are no number: the engine throws. */
  const NUMBER_CHARACTERS_MAX = 63
  /** The engine prints no more of a fraction when the rest is below this. */
  const REST_MIN = 0.0000001

  function define(owner: object, name: string, value: unknown): void {
    Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false })
  }

  // A leading zero means octal, unless a digit says otherwise; blanks around are no number.
  function numberOf(text: string): number {
    if (/^-?0[0-7]+$/.test(text)) return nativeParseInt(text, 8)
    return /\s/.test(text) ? Number.NaN : NativeNumber(text)
  }
  function EngineNumber(value: unknown): number {
    return typeof value === 'string' ? numberOf(value) : NativeNumber(value)
  }
  EngineNumber.prototype = NativeNumber.prototype
  for (const name of ['MAX_VALUE', 'MIN_VALUE', 'NaN', 'NEGATIVE_INFINITY', 'POSITIVE_INFINITY']) {
    define(EngineNumber, name, Reflect.get(NativeNumber, name))
  }
  define(globalThis, 'Number', EngineNumber)

  /** A fraction, or a number from 1e21 on, digit by digit. */
  function printed(number: number): string {
    if (!isFiniteNumber(number)) return `${number}`
    let value = number < 0 ? -number : number
    let exponent = 0
    if (value >= 1e21) {
      for (; value > 100000; value /= 100000) exponent += 5
      for (; value > 10; value /= 10) exponent++
    } else if (value > 0 && value < 1e-6) {
      for (; value < 1e-5; value *= 100000) exponent -= 5
      for (; value < 1; value *= 10) exponent--
    }
    if (value < 2147483647 && nativeFloor(value + REST_MIN) === nativeFloor(value) + 1) value = nativeFloor(value) + 1
    let out = ''
    let unit = 1
    while (unit * 10 <= value) unit *= 10
    for (; unit >= 1; unit /= 10) {
      const digit = nativeFloor(value / unit)
      value -= digit * unit
      out += `${digit}`
    }
    value *= 10
    for (let count = 0; count < 11 && value > REST_MIN; count++) {
      const digit = nativeFloor(value + 0.00000001)
      value = (value - digit) * 10
      out += `${count === 0 ? '.' : ''}${digit === 10 ? 9 : digit}`
    }
    return `${number < 0 ? '-' : ''}${out}${exponent === 0 ? '' : `e${exponent > 0 ? '+' : ''}${exponent}`}`
  }
  const isOdd = (value: unknown): value is number =>
    typeof value === 'number' && (!isWhole(value) || value >= 1e21 || value <= -1e21)
  const textOf = (value: unknown): unknown => (isOdd(value) ? printed(value) : value)

  const NativeString = String
  function EngineString(...values: unknown[]): string {
    return values.length === 0 ? '' : NativeString(textOf(values[0]))
  }
  EngineString.prototype = NativeString.prototype
  define(EngineString, 'fromCharCode', NativeString.fromCharCode)
  define(globalThis, 'String', EngineString)
  define(NativeNumber.prototype, 'toString', function (this: number, radix?: number): string {
    const value = NativeNumber(this)
    return isOdd(value) && (radix === undefined || radix === 10) ? printed(value) : nativeToString.call(value, radix)
  })

  // by way of logarithms: from 2^12 on a hair off
  define(Math, 'pow', (base: number, exponent: number) =>
    base > 0 ? nativeExp(exponent * nativeLog(base)) : nativePow(base, exponent),
  )
  define(Math, 'round', (value: number) =>
    value < 0 ? -nativeFloor(0.5 - value) : nativeFloor(NativeNumber(value) + 0.5),
  )
  define(globalThis, 'parseInt', (value: unknown, radix?: number) => {
    const text = NativeString(textOf(value))
    if (text.length > NUMBER_CHARACTERS_MAX) throw new Error('String too big to convert to number')
    return nativeParseInt(text, radix)
  })

  define(TypedArray.prototype, 'slice', function slice(this: Uint8Array, from?: number, to?: number): number[] {
    return nativeFrom(nativeSlice.call(this, from, to))
  })
  define(TypedArray.prototype, 'filter', function filter(this: Uint8Array, keep: unknown): number[] {
    return nativeFrom(nativeFilter.call(this, keep))
  })

  // A reviver, a list of names and a replacer are not looked at; a comma too many and what follows a value are not minded.
  define(JSON, 'parse', (text: unknown) => nativeParse(NativeString(text).replace(/,\s*([\]}])/g, '$1')))
  define(JSON, 'stringify', (value: unknown, _replacer?: unknown, space?: unknown) =>
    nativeStringify(
      value,
      (_key, one) => (isOdd(one) && isFiniteNumber(one) ? `\u0001${printed(one)}\u0001` : one),
      space as string,
    )?.replace(/"\\u0001([^"\\]*)\\u0001"/g, '$1'),
  )

  // Before the first, or between two, there is nothing in a typed array or a text; behind the last is undefined, as everywhere.
  function placeOf(owner: unknown, place: unknown): unknown {
    const isText = typeof owner === 'string'
    if ((!isText && !isTyped(owner)) || typeof place === 'symbol') return place
    const name = `${place}`
    if (name in nativeObject(owner) || /^[0-9]+$/.test(name)) return place
    const type = isText ? 'String' : owner.constructor.name
    throw new NativeError(`Field or method "${name}" does not already exist, and can't create it on ${type}`)
  }
  define(globalThis, helpers.number, (value: unknown) => (typeof value === 'string' ? numberOf(value) : value))
  define(globalThis, helpers.text, textOf)
  define(globalThis, helpers.place, (owner: unknown, place: unknown) =>
    typeof place === 'number' && place >>> 0 === place ? place : placeOf(owner, place),
  )
  define(globalThis, helpers.length, (owner: { length: number }, length: number) => {
    if (Array.isArray(owner) || ArrayBuffer.isView(owner)) throw new Error('Assignment to a constant')
    owner.length = length
    return length
  })
}
