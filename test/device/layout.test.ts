// The dongle's true limit is the interpreter's variables, which only the engine can count.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import { variablesAfterStart } from './layout.ts'

const engine = findEngine()
const version = engine && fitEngineVersion(engine)
const project = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname

test.skipIf(!version)('after start the bundle leaves a module without PSRAM a thousand variables', async () => {
  const budget = JSON.parse(readFileSync(project('scripts/firmware-budget.json'), 'utf8'))
  const { code } = await bundleFirmware(project('firmware/main.ts'))
  expect(await variablesAfterStart(engine!, code, 'storage')).toBeLessThanOrEqual(budget.variablesAfterStart)
})

test('the bundle passes the gate and its budget', async () => {
  expect((await bundleFirmware(project('firmware/main.ts'))).problems).toEqual([])
})
