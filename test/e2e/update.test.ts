// A release's whole way: order, chunks, restart, trial and the healthy report, through a real gateway and sealed sessions into the very files
// that lie in a dongle's flash: loader, rescue program and two slots. And the ways on which it does not come off.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import type { FlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash, prepareProgram } from '../../firmware/host/prepare-flash.ts'
import { bundleBoot } from '../../scripts/build-boot.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { freePort } from '../../scripts/free-port.ts'
import { CHUNK_BYTES } from '../../shared/update/messages.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { type GatewayUnderTest, MemoryDirectory, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { MemoryUpdates, manifestOf, orderFor } from '../support/memory-updates.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const SPEED = 60
const START_S = 1_790_000_000
const WAIT = { timeout: 120_000, interval: 20 }
const identity = { ...identityOf(91), seedPool: new Uint8Array(createHash('sha512').update('updates').digest()) }
const text = (code: string) => new Uint8Array(Buffer.from(code, 'latin1'))

let code = ''
let port = 0
let gateway: GatewayUnderTest
let dongle: VirtualDongle
let chip: FlashChip
const directory = new MemoryDirectory()
const updates = new MemoryUpdates()
const lines: string[] = []

const startGateway = async (): Promise<void> => {
  gateway = await startGatewayUnderTest({ mqttPort: port }, [], { directory, updates })
}
/** Another program that does the same, and says its name when it starts. */
const programCalled = (name: string): Uint8Array => text(`${code};print("program ${name}")`)
const told = (number: number) => {
  const report = updates.of(number)
  return report && `${report.state} ${report.code}, running ${report.running}`
}
const until = (number: number, state: string) =>
  vi.waitUntil(() => updates.of(number)?.state === state || undefined, WAIT)

beforeAll(async () => {
  code = (await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)).code
  const boot = await bundleBoot()
  port = await freePort()
  directory.register(identity)
  await startGateway()
  const clock = openFairClock(SPEED)
  const household = createHousehold({ seed: 4, startS: START_S, hasPhases: true })
  dongle = openVirtualDongle({
    clock,
    prepare: opened => {
      chip = opened
      const networks = [{ ssid: 'cellar', password: 'password' }]
      prepareFlash(opened, identity, { host: '127.0.0.1', port, isTls: false, networks, intervalS: 10 })
      prepareProgram(opened, {
        loader: text(boot.loader),
        updater: text(boot.updater),
        rescue: text(boot.rescue),
        program: programCalled('1'),
        version: 1,
      })
    },
    openLine: (feed, isRequested) =>
      lineFromMeter(
        { telegramAt: timeS => telegramText('fluvius', household.next(timeS)) },
        { clock, startS: START_S, feed, isRequested },
      ),
    tell: event => {
      if (event.event === 'print') lines.push(event.line)
    },
  })
  await vi.waitUntil(() => lines.includes('session: open') || undefined, WAIT)
})

afterAll(async () => {
  if (process.env.NRT_LINES) console.log(lines.join('\n'), JSON.stringify(updates.reports))
  await dongle?.stop()
  await gateway?.gateway.stop()
})

test('a dongle fresh from the tool runs what lies in its first slot and says so', async () => {
  await vi.waitUntil(() => updates.reports.length > 0 || undefined, WAIT)
  expect(lines.find(line => line.startsWith('loader:'))).toBe('loader: slot 0, reset 1')
  expect(lines).toContain('program 1')
  expect(updates.reports[0]).toEqual({ number: 0, state: 'none', code: 'none', running: 1, loaded: 0, floor: 0 })
})

test('a release is loaded, tried, found healthy and kept', async () => {
  const program = programCalled('2')
  updates.ask(orderFor(identity, 10, manifestOf(program, 2)), program)
  gateway.gateway.commands.wake(identity.dongleId)
  await until(10, 'good')
  const seen = updates.reports.filter(report => report.number === 10).map(({ state }) => state)
  expect([...new Set(seen)]).toEqual(
    ['loading', 'loaded', 'trial', 'good'].filter(state => seen.includes(state as never)),
  )
  expect(seen).toContain('trial')
  expect(updates.of(10)).toMatchObject({ code: 'none', running: 2 })
  expect(lines).toContain('program 2')
  expect(lines.filter(line => /Uncaught|error/.test(line))).toEqual([])
})

test('a program that falls while it starts gives way to the one before it after three starts', async () => {
  const program = text('throw new Error("broken release")')
  updates.ask(orderFor(identity, 11, manifestOf(program, 3)), program)
  gateway.gateway.commands.wake(identity.dongleId)
  await until(11, 'returned')
  expect(told(11)).toBe('returned crashed, running 2')
  expect(lines.filter(line => line.startsWith('loader: fell')).length).toBe(3)
})

test('a program that runs but never proves itself gives way too', async () => {
  const program = text('setInterval(()=>E.kickWatchdog(),1000)')
  updates.ask(orderFor(identity, 12, manifestOf(program, 5)), program)
  gateway.gateway.commands.wake(identity.dongleId)
  await until(12, 'returned')
  expect(told(12)).toBe('returned unhealthy, running 2')
})

test('with both slots rotten the rescue program loads one, and nothing of the identity was lost', async () => {
  const program = programCalled('6')
  updates.ask(orderFor(identity, 13, manifestOf(program, 6)), program)
  updates.meddle = () => 'later'
  for (const at of [0x350000, 0x369000]) chip.write(at + 4096 + 300, new Uint8Array(4))
  dongle.reboot()
  await vi.waitUntil(() => updates.reports.some(({ state }) => state === 'rescue') || undefined, WAIT)
  updates.meddle = (_, bytes) => bytes
  await until(13, 'good')
  expect(told(13)).toBe('good none, running 6')
  expect(lines).toContain('loader: rescue, reset 12')
})

test('a cut in the middle of a chunk, and another gateway after it: the download goes on where it was', async () => {
  const program = programCalled('7')
  const before = updates.chunks.length
  updates.ask(orderFor(identity, 14, manifestOf(program, 7)), program)
  gateway.gateway.commands.wake(identity.dongleId)
  await vi.waitUntil(() => updates.chunks.length > before + 10 || undefined, WAIT)
  dongle.powerCut('half')
  await gateway.gateway.stop()
  await startGateway()
  await until(14, 'good')
  const asked = updates.chunks.slice(before)
  expect(new Set(asked).size).toBe(Math.ceil(program.length / CHUNK_BYTES))
  // one chunk was cut, one may have been on its way when the gateway went
  expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(2)
  expect(told(14)).toBe('good none, running 7')
})
