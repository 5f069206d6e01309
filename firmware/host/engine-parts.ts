// A program that was put into parts (scripts/bundle/parts.ts), put together again: the virtual dongle, and whoever wants to read it, take it
// as the one script that it was. A part is a piece of that script which the engine evaluates where it is called for.

import { remembering } from '../../shared/kernel/remembering.ts'
import { tokenOf, withoutTokens } from './engine-tokens.ts'

const VAR = tokenOf('var') as string
const FUNCTION = tokenOf('function') as string

/** The parts stand in a function that is never called; `name` holds its text, which the engine keeps under a name of its own. */
export const partsHead = (name: string): string => `${VAR}${name}=${FUNCTION}(){`
export const PARTS_END = '}["\\xFFcod"];'

/** What stands where a part was: evaluated there, with the names that are seen there. */
export const partCall = (name: string, at: number, length: number): string => `eval(${name}.substr(${at},${length}))`

const HEAD = new RegExp(`^${VAR}(\\w+)=${FUNCTION}\\(\\)\\{`)

/** In the engine's short form, as it came; anything that never was put into parts comes back as it is. */
export function putTogether(code: string): string {
  const head = HEAD.exec(code)
  const end = head ? code.indexOf(PARTS_END) : -1
  if (!head || end < 0) return code
  const parts = code.slice(head[0].length, end)
  const call = new RegExp(`eval\\(${head[1]}\\.substr\\((\\d+),(\\d+)\\)\\)`, 'g')
  return code
    .slice(end + PARTS_END.length)
    .replace(call, (_, at, length) => parts.slice(Number(at), Number(at) + Number(length)))
}

/** A dongle boots the same two or three scripts again and again, and a house of dongles the same as each other. */
export const SCRIPTS_KEPT = 16

/** What goes into flash, or any script, as a script. */
export const asScript: (code: string) => string = remembering(code => withoutTokens(putTogether(code)), SCRIPTS_KEPT)
