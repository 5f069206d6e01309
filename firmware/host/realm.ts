// The world the bundle runs in: a vm context with the engine's library only. Names that the engine lacks are taken away,
// the ones that behave otherwise are replaced, and the script is run as the engine would run it (engine-dialect.ts). Values handed to the bundle are made here, so that instanceof holds inside.

import { type Context, createContext, runInContext, Script } from 'node:vm'
import { remembering } from '../../shared/kernel/remembering.ts'
import { LANGUAGE_GLOBALS, MISSING_METHODS, MISSING_STATICS } from './builtins.ts'
import { asTheEngine, type EngineScript, HELPERS } from './engine-dialect.ts'
import { tameLibrary } from './engine-library.ts'
import { asScript, SCRIPTS_KEPT } from './engine-parts.ts'
import { tameStrings } from './engine-strings.ts'

export interface Realm {
  /** Defines a global name. */
  define(name: string, value: unknown): void
  /** Reads a global name; undefined if there is none. */
  global(name: string): unknown
  /** Runs a script; its own file name appears in stacks, with places in `asTheEngine(code)`. Throws what the script throws. */
  run(code: string, filename: string): unknown
  bytes(bytes: Uint8Array): Uint8Array
  arrayBuffer(bytes: Uint8Array): ArrayBuffer
  error(message: string, type?: 'Error' | 'ReferenceError'): Error
}

/** Runs inside the context: takes away what the engine lacks, and makes strings of digits read as the engine reads them. */
function tame(kept: string[], statics: Record<string, string[]>, methods: Record<string, string[]>): void {
  const world = globalThis as unknown as Record<string, { prototype: object }>
  const typed = Object.getPrototypeOf(Uint8Array)
  // kept at hand: Reflect itself goes too
  const remove = Reflect.deleteProperty
  for (const owner of Object.keys(statics)) {
    for (const name of statics[owner] ?? []) {
      // without it V8 keeps no stacks, and the host could not say where a script failed
      if (name === 'stackTraceLimit') continue
      remove(world[owner] as object, name)
      if (owner.endsWith('Array') && owner !== 'Array') remove(typed, name)
    }
  }
  for (const owner of Object.keys(methods)) {
    const prototype = owner === 'TypedArray' ? typed.prototype : (world[owner] as { prototype: object }).prototype
    // String.replace reads a pattern's flags through these getters
    if (owner !== 'RegExp') for (const name of methods[owner] ?? []) remove(prototype, name)
  }

  const fromCharCode = String.fromCharCode
  String.fromCharCode = (...codes: number[]) => fromCharCode(...codes.map(code => code & 0xff))

  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!kept.includes(name)) remove(globalThis, name)
  }
}

/** The script as the engine would run it. */
export const engineScript: (code: string) => EngineScript = remembering(asTheEngine, SCRIPTS_KEPT)

/** A fresh world, as after a boot. */
export function openRealm(): Realm {
  const context: Context = createContext({})
  const inside = (code: string): unknown => runInContext(code, context)
  const makeBytes = inside('(n => new Uint8Array(n))') as (length: number) => Uint8Array
  const makeError = inside('((type, message) => new globalThis[type](message))') as (t: string, m: string) => Error
  const library = new Script(`(${tameLibrary.toString()})`).runInContext(context)
  library(HELPERS)
  const strings = new Script(`(${tameStrings.toString()})`).runInContext(context)
  strings()
  const wall = new Script(`(${tame.toString()})`).runInContext(context)
  wall([...LANGUAGE_GLOBALS, ...Object.values(HELPERS)], MISSING_STATICS, MISSING_METHODS)
  const evaluate = inside('eval') as (code: unknown) => unknown
  context.eval = (code: unknown) => evaluate(typeof code === 'string' ? asScript(code) : code)

  const bytes = (source: Uint8Array): Uint8Array => {
    const copy = makeBytes(source.length)
    copy.set(source)
    return copy
  }
  return {
    define: (name, value) => {
      context[name] = value
    },
    global: name => inside(`typeof ${name} === 'undefined' ? undefined : ${name}`),
    run: (code, filename) => new Script(engineScript(code).code, { filename }).runInContext(context),
    bytes,
    arrayBuffer: source => bytes(source).buffer as ArrayBuffer,
    error: (message, type = 'Error') => makeError(type, message),
  }
}
