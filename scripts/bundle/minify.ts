// From esbuild's one readable script to the text that goes into flash: fewer living objects first, fewer bytes second. Each
// step takes a script and gives a script that behaves the same on the engine; the dialect gate judges the last one.

import remapping from '@jridgewell/remapping'
import MagicString from 'magic-string'
import { minify } from 'terser'
import { aliases } from './aliases.ts'
import { arrows } from './arrows.ts'
import { constants } from './constants.ts'
import { declareFirst } from './declare-first.ts'
import { addDoor, DOOR_NAME } from './door.ts'
import { shareDoor } from './door-shares.ts'
import { inlineSmall } from './inline.ts'
import { numberKinds } from './kinds.ts'
import { letGo } from './once.ts'
import { oneAStatement } from './one-a-statement.ts'
import { keepOutOfLine } from './out-of-line.ts'
import { plainVars } from './plain-vars.ts'
import { numberSentences } from './sentences.ts'
import { sink } from './sink.ts'
import { textNotFirst } from './text-not-first.ts'
import { words } from './words.ts'

export interface Script {
  code: string
  /** Source map as JSON. */
  map: string
}

function rewritten(script: Script, rewrite: (text: MagicString) => void): Script {
  const text = new MagicString(script.code)
  rewrite(text)
  return { code: text.toString(), map: joined(text.generateMap({ hires: 'boundary' }).toString(), script.map) }
}

function joined(map: string, before: string): string {
  return remapping([map, before], () => null).toString()
}

/** `sentences` are what assertions say, by the number that stands for it in `code`. `reserved`: names of the engine, which no variable of ours may take, because the script runs in the global scope. `hasTokens`: tokenise.ts comes behind. */
export async function minifyForEngine(
  script: Script,
  cold: string[],
  door: string[],
  outOfLine: string[],
  once: string[],
  reserved: string[],
  hasTokens = false,
): Promise<Script & { sentences: string[] }> {
  let sentences: string[] = []
  let result = rewritten(script, text => {
    sentences = numberSentences(text)
  })
  if (hasTokens) result = rewritten(result, numberKinds)
  result = rewritten(result, text => addDoor(text, door))
  result = rewritten(result, oneAStatement)
  result = rewritten(result, constants)
  for (let isMore = true; isMore; ) {
    result = rewritten(result, text => {
      isMore = inlineSmall(text).length > 0
    })
  }
  result = rewritten(result, text => sink(text, door.length > 0 ? [...cold, DOOR_NAME] : cold))
  result = rewritten(result, plainVars)
  result = rewritten(result, arrows)
  result = rewritten(result, text => letGo(text, once))
  result = rewritten(result, aliases)
  result = rewritten(result, text => keepOutOfLine(text, outOfLine))
  const terse = await minify(result.code, {
    ecma: 2015,
    compress: { toplevel: true, passes: 4, pure_getters: true, keep_fargs: false },
    mangle: { toplevel: true, reserved },
    format: { ascii_only: true },
    sourceMap: { asObject: false },
  })
  result = { code: terse.code ?? '', map: joined(terse.map as string, result.map) }
  result = rewritten(result, shareDoor)
  result = rewritten(result, textNotFirst)
  if (hasTokens) result = rewritten(result, words)
  return { ...rewritten(result, declareFirst), sentences }
}
