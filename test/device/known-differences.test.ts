// The traps of the language: the virtual dongle falls into each as the engine does, and the gate refuses what it says it refuses.
// What it cannot imitate must still be a difference.

import { describe, expect, test } from 'vitest'
import { checkDialect } from '../../scripts/dialect-gate.ts'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import { DIFFERENCES, TRAPS, type Trap } from './known-differences.ts'
import { runOnEngine, runOnVirtual } from './run-probe.ts'

const engine = findEngine()
const version = engine && fitEngineVersion(engine)
const textOf = (trap: Trap): string => `${trap.code}done();`

describe.each(TRAPS)('$name', trap => {
  test('the virtual dongle answers as the engine', async () => {
    expect((await runOnVirtual(textOf(trap))).answer).toEqual(trap.engine)
  })

  test('plain node would not', () => {
    const answers: unknown[] = []
    try {
      new Function('say', trap.code)((_name: string, answer: unknown) => answers.push(answer))
    } catch {
      // refusing it is another answer
    }
    expect(answers).not.toEqual([trap.engine])
  })
})

describe.each(DIFFERENCES)('$name', difference => {
  test('the virtual dongle answers otherwise', async () => {
    expect((await runOnVirtual(textOf(difference))).answer).not.toEqual(difference.engine)
  })
})

const REFUSED = [...TRAPS, ...DIFFERENCES].flatMap(({ name, code, avoidedBy }) =>
  'rule' in avoidedBy ? [{ name, code, rule: avoidedBy.rule }] : [],
)
test.each(REFUSED)('$name: the gate refuses it', ({ code, rule }) => {
  expect(checkDialect(code).map(one => one.rule)).toContain(rule)
})

test.skipIf(!version)('the engine answers so', { timeout: 120_000 }, async () => {
  // one run for all of them: each has a scope of its own
  const all = [...TRAPS, ...DIFFERENCES]
  const text = all.map((trap, i) => `(function(){${trap.code.replace('say("answer"', `say("${i}"`)}})();\n`).join('')
  const answers = await runOnEngine(engine!, `${text}done();`)
  all.forEach((trap, i) => {
    expect([trap.name, answers[i]]).toEqual([trap.name, trap.engine])
  })
})
