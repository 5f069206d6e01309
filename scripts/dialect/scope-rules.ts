// What parses but runs differently: one binding for a whole loop, no hoisting, globals that are not there. These rules
// need to know who refers to what; they do not look at syntax.

import type { AnyNode } from 'acorn'
import { ENGINE_GLOBALS, LANGUAGE_GLOBALS, PIN_COUNT } from '../../firmware/host/builtins.ts'
import type { Binding, Reference, Scopes } from '../../firmware/host/scopes.ts'
import type { Report } from './finding.ts'
import { referencesBeforeVar } from './var-regions.ts'

const PINS = Array.from({ length: PIN_COUNT }, (_, pin) => `D${pin}`)
const GLOBALS = new Set([...LANGUAGE_GLOBALS, ...ENGINE_GLOBALS, ...PINS, 'arguments'])

const INSTEAD: Record<string, string> = {
  Map: 'use a plain object',
  Set: 'use a plain object or an array',
  WeakMap: 'use a property',
  Symbol: 'use a string key',
  BigInt: 'use two numbers',
  Proxy: 'use functions',
  TextEncoder: 'loop over charCodeAt',
  structuredClone: 'copy the fields',
  queueMicrotask: 'use setTimeout(callback, 0)',
  setImmediate: 'use setTimeout(callback, 0)',
  Buffer: 'use Uint8Array and E.toString',
}

function checkGlobals(references: Reference[], report: Report): void {
  for (const one of references) {
    if (one.binding) continue
    if (one.isWritten) {
      report('undeclared', one.at, `assigning ${one.name} makes a global there; declare it`)
    } else if (!GLOBALS.has(one.name)) {
      report('missing-global', one.at, `${one.name} does not exist there; ${INSTEAD[one.name] ?? 'do without'}`)
    }
    if (one.name === 'RegExp' && one.isCalled) {
      report('regex', one.at, 'RegExp from text escapes this gate; write a literal')
    }
    if (one.name === 'Number' && one.isCalled) {
      report('number-of-text', one.at, 'Number("012") is octal there; use parseInt(text, 10) or parseFloat')
    }
  }
}

function checkLoopCaptures(references: Reference[], report: Report): void {
  for (const one of references) {
    const binding = one.binding
    if (binding?.scope.kind !== 'loop-head' || binding.kind === 'var') continue
    if (one.scope.functionScope === binding.scope.functionScope) continue
    report(
      'loop-capture',
      one.at,
      `a function made in a loop sees the last ${one.name}: the engine has one for all rounds; copy it in the body or call a function`,
    )
  }
}

/** Functions and classes whose definition has not run when the code at `at` runs, seen from calls made while it runs. */
function checkHoisting(scopes: Scopes, report: Report): void {
  const isHoisted = (binding: Binding | undefined): binding is Binding => binding?.node !== undefined

  // what each declared function calls directly when it runs
  const calls = new Map<Binding, Reference[]>()
  for (const binding of scopes.bindings) {
    if (!isHoisted(binding)) continue
    calls.set(
      binding,
      scopes.references.filter(one => one.isCalled && one.scope.runsIn.node === binding.node),
    )
  }

  function firstUndefined(binding: Binding, at: number, seen: Set<Binding>): Binding | undefined {
    if (binding.at > at) return binding
    if (seen.has(binding)) return undefined
    seen.add(binding)
    for (const call of calls.get(binding) ?? []) {
      if (!isHoisted(call.binding) || call.binding.scope.runsIn !== binding.scope.runsIn) continue
      const found = firstUndefined(call.binding, at, seen)
      if (found) return found
    }
    return undefined
  }

  for (const one of scopes.references) {
    const binding = one.binding
    if (!isHoisted(binding) || one.scope.runsIn !== binding.scope.runsIn) continue
    const found = one.isCalled ? firstUndefined(binding, one.at, new Set()) : one.at < binding.at ? binding : undefined
    if (found) {
      report(
        'use-before-definition',
        one.at,
        `${found.name} is not defined yet when this runs: nothing is hoisted; move the definition up`,
      )
    }
  }
}

function checkVars(tree: AnyNode, scopes: Scopes, report: Report): void {
  for (const one of referencesBeforeVar(tree, scopes)) {
    report('var-not-hoisted', one.at, `${one.name} may not be declared yet here: no var is hoisted; declare it first`)
  }
}

export function checkScopes(tree: AnyNode, scopes: Scopes, report: Report): void {
  checkGlobals(scopes.references, report)
  checkLoopCaptures(scopes.references, report)
  checkHoisting(scopes, report)
  checkVars(tree, scopes, report)
}
