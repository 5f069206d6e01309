// Functions that a start calls and nobody afterwards are let go when the script has run: where a call keeps its scope, as a maker of listeners
// does, terser may not put it into its caller (each listener would take along both scopes), and as a function of its own it would live for ever.

import type MagicString from 'magic-string'

/** After arrows.ts, before terser: which puts nothing into its caller that is written to. */
export function letGo(text: MagicString, names: string[]): void {
  if (names.length === 0) return
  for (const name of names) {
    if (!text.original.includes(`var ${name} = `))
      throw new Error(`once: ${name} is no function of the bundle's top level (scripts/bundle/cold.ts)`)
  }
  text.append(`\n${names.join(' = ')} = 0;\n`)
}
