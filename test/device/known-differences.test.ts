// The differences that no virtual dongle can show: each must still be one, and the gate must refuse what it says it refuses.

import { describe, expect, test } from 'vitest'
import { checkDialect } from '../../scripts/dialect-gate.ts'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import { DIFFERENCES } from './known-differences.ts'
import { runOnEngine, runOnVirtual } from './run-probe.ts'

const engine = findEngine()
const version = engine && fitEngineVersion(engine)

describe.each(DIFFERENCES)('$name', difference => {
  const text = `${difference.code}done();`

  test('the virtual dongle answers otherwise', async () => {
    expect((await runOnVirtual(text)).answer).not.toEqual(difference.engine)
  })

  const avoided = difference.avoidedBy
  if ('rule' in avoided) {
    test('the gate refuses it', () => {
      expect(checkDialect(difference.code).map(one => one.rule)).toContain(avoided.rule)
    })
  }

  test.skipIf(!version)('the engine answers so', async () => {
    expect((await runOnEngine(engine!, text)).answer).toEqual(difference.engine)
  })
})
