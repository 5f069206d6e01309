// The same probes on the virtual dongle and on the engine. What the engine printed is kept in expected/, with its version;
// the virtual dongle must say the same, always. With an engine at hand (ESPRUINO=…) the engine must still say it too.
// New expectations are written by the engine only: NRT_RECORD=1 ESPRUINO=… npx vitest run test/device/conformance.test.ts

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import { builtinsProbe } from './builtins-probe.ts'
import { probeText, type Results, runOnEngine, runOnVirtual } from './run-probe.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const engine = findEngine()
const version = engine && fitEngineVersion(engine)
if (!version) console.log('no fit Espruino (ESPRUINO=… or on PATH): comparing with what the engine printed earlier')

const PROBES: Record<string, string> = { builtins: builtinsProbe() }
for (const file of readdirSync(`${FOLDER}probes`)) {
  const name = file.replace(/\.js$/, '')
  PROBES[name] = probeText(name)
}

interface Expected {
  engine: string
  results: Results
}
const pathOf = (name: string): string => `${FOLDER}expected/${name}.json`

async function expectedOf(name: string, text: string): Promise<Expected> {
  if (process.env.NRT_RECORD && engine && version) {
    const recorded: Expected = { engine: version, results: await runOnEngine(engine, text) }
    writeFileSync(pathOf(name), `${JSON.stringify(recorded, null, 2)}\n`)
  }
  return JSON.parse(readFileSync(pathOf(name), 'utf8')) as Expected
}

describe.each(Object.entries(PROBES))('probe %s', (name, text) => {
  test('has what the engine printed', async () => {
    await expectedOf(name, text)
    expect(existsSync(pathOf(name))).toBe(true)
  })

  test('the virtual dongle answers as the engine did', async () => {
    const expected = await expectedOf(name, text)
    expect(await runOnVirtual(text)).toEqual(expected.results)
  })

  test.skipIf(!version)('the engine still answers so', async () => {
    const expected = await expectedOf(name, text)
    expect(await runOnEngine(engine!, text)).toEqual(expected.results)
  })
})
