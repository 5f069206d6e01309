// An update on the real engine: loader, updater and slots in its flash file, the program evaluated from flash, a real gateway. A release is loaded,
// tried and kept; one that falls gives way. With as many variables as a module without PSRAM has.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash, prepareProgram } from '../../firmware/host/prepare-flash.ts'
import { bundleBoot } from '../../scripts/build-boot.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { type GatewayUnderTest, MemoryDirectory, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { MemoryUpdates, manifestOf, orderFor } from '../support/memory-updates.ts'
import { findEngine, fitEngineVersion, type RealEngine, startRealEngine } from '../support/real-engine.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const engine = findEngine()
const VARS = '5000'
const WAIT = { timeout: 240_000, interval: 50 }
const TEST_MS = 250_000
const identity = { ...identityOf(92), seedPool: new Uint8Array(createHash('sha512').update('engine').digest()) }
const text = (code: string) => new Uint8Array(Buffer.from(code, 'latin1'))

const version = engine && fitEngineVersion(engine)

describe.skipIf(!version)('on the engine', () => {
  const updates = new MemoryUpdates()
  const directory = new MemoryDirectory()
  let code = ''
  let gateway: GatewayUnderTest
  let dongle: RealEngine
  let meter: NodeJS.Timeout

  beforeAll(async () => {
    code = (await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)).code
    const boot = await bundleBoot()
    directory.register(identity)
    gateway = await startGatewayUnderTest({}, [], { directory, updates })
    dongle = await startRealEngine({
      engine: engine as string,
      hasP1: true,
      restarts: true,
      env: { ESPRUINO_VARS: VARS },
      prepare: chip => {
        const networks = [{ ssid: 'home', password: 'password' }]
        const address = { host: '127.0.0.1', port: gateway.port, isTls: false }
        prepareFlash(chip, identity, { ...address, networks, intervalS: 5 })
        prepareProgram(chip, {
          loader: text(boot.loader),
          updater: text(boot.updater),
          rescue: text(boot.rescue),
          program: text(code),
          version: 1,
        })
      },
    })
    const household = createHousehold({ seed: 6, startS: 1_790_000_000, hasPhases: true })
    let timeS = 1_790_000_000
    meter = setInterval(() => dongle.sendP1(telegramText('fluvius', household.next(timeS++))), 1000)
  }, TEST_MS)

  afterAll(async () => {
    if (process.env.NRT_LINES) console.log(dongle.lines.join('\n'), JSON.stringify(updates.reports))
    clearInterval(meter)
    await dongle?.stop()
    await gateway?.gateway.stop()
  })

  test(
    'a release is loaded, tried, found healthy and kept',
    async () => {
      const program = text(`${code};print("program 2")`)
      updates.ask(orderFor(identity, 10, manifestOf(program, 2)), program)
      await vi.waitUntil(() => updates.of(10)?.state === 'good' || undefined, WAIT)
      expect(updates.of(10)).toMatchObject({ code: 'none', running: 2 })
      expect(dongle.lines).toContain('program 2')
      expect(dongle.lines.filter(line => /Uncaught|MEMORY|memory/.test(line))).toEqual([])
    },
    TEST_MS,
  )

  test(
    'a program that falls while it starts gives way to the one before it',
    async () => {
      const program = text('var a=1;throw new Error("broken release")')
      updates.ask(orderFor(identity, 11, manifestOf(program, 3)), program)
      gateway.gateway.commands.wake(identity.dongleId)
      await vi.waitUntil(() => updates.of(11)?.state === 'returned' || undefined, WAIT)
      expect(updates.of(11)).toMatchObject({ code: 'crashed', running: 2 })
      expect(dongle.lines.filter(line => line.startsWith('loader: fell')).length).toBe(3)
    },
    TEST_MS,
  )
})
