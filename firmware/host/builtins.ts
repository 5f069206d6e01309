// What the engine has of the language's library, as measured on it (test/device/probes/builtins.js asks again): one table
// for the virtual dongle, which takes these names away, and for the dialect gate, which refuses them. It knows names only.

/** Global names of the language that the engine has. All others are missing. */
export const LANGUAGE_GLOBALS = [
  ...['Object', 'Function', 'Array', 'Number', 'Boolean', 'String', 'Date', 'Promise', 'RegExp', 'JSON', 'Math'],
  ...['Error', 'ReferenceError', 'SyntaxError', 'TypeError', 'ArrayBuffer', 'DataView', 'Uint8Array', 'Int8Array'],
  ...['Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'Uint8ClampedArray', 'Float32Array', 'Float64Array'],
  ...['parseFloat', 'parseInt', 'Infinity', 'NaN', 'globalThis', 'undefined', 'eval', 'isFinite', 'isNaN'],
  ...['decodeURIComponent', 'encodeURIComponent', 'console'],
]

/**
 * Global names of the engine that the virtual dongle gives too; a bundle may use these and no others. Not digitalPulse: it waits while 16 edges
 * are in its queue, which nothing empties on the Linux build.
 */
export const ENGINE_GLOBALS = [
  ...[
    'E',
    'ESP32',
    'Graphics',
    'Serial1',
    'Serial2',
    'Serial3',
    'process',
    'require',
    'print',
    'trace',
    'load',
    'reset',
    'global',
  ],
  ...['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'changeInterval', 'getTime', 'setTime'],
  ...['atob', 'btoa', 'digitalWrite', 'digitalRead', 'pinMode', 'peek32'],
  // what the loader leaves behind, and what the build puts around a file that is evaluated (scripts/build-boot.ts)
  ...['SLOT', 'PROGRAM', 'TRIAL', 'OUT'],
]

/** GPIO pins D0 ... D39 of the ESP32 board. */
export const PIN_COUNT = 40

const TYPED_ARRAYS = ['Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array'].concat([
  'Uint8ClampedArray',
  'Float32Array',
  'Float64Array',
])

/** Static members that the engine lacks, by owner. */
export const MISSING_STATICS: Record<string, string[]> = {
  Object: words('getOwnPropertySymbols hasOwn is preventExtensions seal freeze isExtensible isFrozen isSealed groupBy'),
  Array: words('from fromAsync of'),
  Number: words('isFinite isInteger isNaN isSafeInteger parseFloat parseInt MAX_SAFE_INTEGER MIN_SAFE_INTEGER EPSILON'),
  String: words('fromCodePoint raw'),
  Date: words('UTC'),
  Promise: words('allSettled any race withResolvers try'),
  RegExp: words('escape input lastMatch lastParen leftContext rightContext $1 $2 $3 $4 $5 $6 $7 $8 $9'),
  Error: words('captureStackTrace isError stackTraceLimit'),
  JSON: words('rawJSON isRawJSON'),
  Math: words(
    'acosh asinh atanh cbrt expm1 clz32 cosh fround hypot imul log1p log2 log10 sinh tanh trunc f16round sumPrecise',
  ),
  ArrayBuffer: words('isView'),
  ...Object.fromEntries(TYPED_ARRAYS.map(name => [name, words('BYTES_PER_ELEMENT of from fromBase64 fromHex')])),
}

/** Members of values that the engine lacks, by type. */
export const MISSING_METHODS: Record<string, string[]> = {
  Object: words(
    '__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ isPrototypeOf propertyIsEnumerable toLocaleString',
  ),
  Array: words(
    'at copyWithin findLast findLastIndex lastIndexOf keys entries values flat flatMap reduceRight toReversed toSorted toSpliced with toLocaleString',
  ),
  Number: words('toExponential toPrecision toLocaleString'),
  String: words(
    'anchor at big blink bold codePointAt fontcolor fontsize fixed isWellFormed italics link localeCompare matchAll normalize search small strike sub sup toWellFormed trimStart trimLeft trimEnd trimRight toLocaleLowerCase toLocaleUpperCase',
  ),
  Date: words(
    'toDateString toTimeString toGMTString setUTCDate setUTCFullYear setUTCHours setUTCMilliseconds setUTCMinutes setUTCMonth setUTCSeconds getYear setYear toLocaleString toLocaleDateString toLocaleTimeString',
  ),
  Promise: words('finally'),
  RegExp: words('dotAll flags global hasIndices ignoreCase multiline sticky unicode unicodeSets compile'),
  ArrayBuffer: words('slice maxByteLength resizable resize transfer transferToFixedLength detached'),
  DataView: words('getBigInt64 setBigInt64 getBigUint64 setBigUint64 getFloat16 setFloat16'),
  TypedArray: words(
    'BYTES_PER_ELEMENT entries keys values at copyWithin findLast findLastIndex lastIndexOf reduceRight toReversed toSorted with toLocaleString setFromBase64 setFromHex toBase64 toHex',
  ),
}

function words(text: string): string[] {
  return text.split(' ')
}
