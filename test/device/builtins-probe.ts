// The probe that asks which names of the language's library exist, made from the table that the virtual dongle and the gate
// use (firmware/host/builtins.ts): a name that appears or vanishes on the engine shows here.

import { LANGUAGE_GLOBALS, MISSING_METHODS, MISSING_STATICS } from '../../firmware/host/builtins.ts'

/** A value of each type, to ask for its members. */
const VALUES: Record<string, string> = {
  Object: '({})',
  Array: '[1]',
  Number: '(5)',
  String: '"a"',
  Date: 'new Date(0)',
  Promise: 'Promise.resolve(1)',
  RegExp: '/a/',
  ArrayBuffer: 'new ArrayBuffer(4)',
  DataView: 'new DataView(new ArrayBuffer(4))',
  TypedArray: 'new Uint8Array(4)',
}
/** Missing on the engine, but node cannot do without them or will not let them go; the gate refuses them all the same. */
const KEPT = /stackTraceLimit|BYTES_PER_ELEMENT|_SAFE_INTEGER|EPSILON|^\/a\/\.(?!exec|test)/
const MISSING_GLOBALS =
  'Map Set WeakMap WeakSet WeakRef Symbol Proxy Reflect BigInt BigInt64Array Intl Atomics SharedArrayBuffer RangeError EvalError URIError AggregateError decodeURI encodeURI escape unescape TextEncoder structuredClone queueMicrotask setImmediate Buffer WebAssembly FinalizationRegistry Iterator'.split(
    ' ',
  )
const PRESENT = [
  'Object.keys Object.values Object.entries Object.assign Object.create Object.defineProperty Object.getPrototypeOf',
  'Array.isArray Math.floor Math.round Math.abs Math.sign Math.pow Math.log Number.MAX_VALUE String.fromCharCode',
  'Promise.resolve Promise.reject Promise.all Date.now JSON.parse JSON.stringify',
]
  .join(' ')
  .split(' ')
const PRESENT_METHODS: Record<string, string> = {
  Array:
    'concat every fill filter find findIndex forEach includes indexOf join map pop push reduce reverse shift slice some sort splice unshift',
  String:
    'charAt charCodeAt concat endsWith includes indexOf lastIndexOf match padEnd padStart repeat replace replaceAll slice split startsWith substr substring toLowerCase toUpperCase trim',
  TypedArray:
    'buffer byteLength byteOffset fill find forEach includes indexOf join map reduce reverse set slice sort subarray',
  DataView: 'getUint8 getUint16 getUint32 getInt32 getFloat64 setUint8 setUint16 setUint32 setInt32 setFloat64',
  Promise: 'then catch',
  RegExp: 'exec test',
  Object: 'hasOwnProperty toString valueOf',
  Date: 'getTime toISOString getUTCHours',
}

export function builtinsProbe(): string {
  const members = (table: Record<string, string[]>): string[] =>
    Object.entries(table).flatMap(([owner, names]) => names.map(name => `${VALUES[owner] ?? owner}.${name}`))
  const names = [
    ...LANGUAGE_GLOBALS.filter(name => name !== 'undefined'),
    ...MISSING_GLOBALS,
    ...PRESENT,
    ...Object.entries(MISSING_STATICS).flatMap(([owner, list]) => list.map(name => `${owner}.${name}`)),
    ...members(MISSING_METHODS),
    ...members(Object.fromEntries(Object.entries(PRESENT_METHODS).map(([owner, list]) => [owner, list.split(' ')]))),
  ].filter(name => !KEPT.test(name))
  return `var NAMES=${JSON.stringify(names.join('|'))}.split("|");
var there="",missing="";
NAMES.forEach(function(name){
  var type;
  try{type=typeof eval(name);}catch(error){type="undefined";}
  if(type==="undefined")missing+=name+" ";else there+=name+" ";
});
say("there",there);say("missing",missing);done();
`
}
