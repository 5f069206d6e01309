// The setup file on the real engine: evaluated from its Storage, the page byte for byte over its sockets, a network tried, joined and
// kept; and everything is gone afterwards. Skipped with a word where there is no engine; the virtual dongle does the same in test/e2e.

import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { openFlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { freePort } from '../../scripts/free-port.ts'
import { readConfigIn } from '../support/flash-pages.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { findEngine, fitEngineVersion, type RealEngine, startRealEngine } from '../support/real-engine.ts'
import {
  builtFirmware,
  cookieOf,
  request,
  SETUP_PASSWORD,
  sendRaw,
  setupIdentity,
  storeSetup,
  tryBody,
} from '../support/setup-under-test.ts'

const PLAIN_MODULE_VARS = 5000
const engine = findEngine()
const version = engine && fitEngineVersion(engine)
if (!version) console.log('setup: no fit Espruino (ESPRUINO=… or on PATH): skipped')

const opened: { stop(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

/** Its port 80 becomes another one; its Wi-Fi says what is done with it. */
const houseScript = (port: number): string => `
(function(){var n=require("net"),c=n.createServer;n.createServer=function(f){var s=c(f),l=s.listen;s.listen=function(p){l.call(s,p==80?${port}:p)};return s};
var u=require("dgram"),v=u.createSocket;u.createSocket=function(t){var s=v(t),b=s.bind;s.bind=function(p){b.call(s,p==53?${port}:p)};return s};
var w=require("Wifi"),k=w.connect;setInterval(function(){print("used "+process.memory().usage)},1000);
w.startAP=function(s,o){print("ap on "+s+" "+o.authMode+" "+o.password.length)};w.stopAP=function(){print("ap off")};
w.connect=function(n,o,c){if(o.password=="right-password")k(n,o,c);else setTimeout(function(){w.emit("disconnected",{reason:"204"})},50)};})();`

async function aDongle(gatewayPort: number) {
  const { code, setup } = await builtFirmware()
  const port = await freePort()
  const dongle = await startRealEngine({
    engine: engine as string,
    bundle: houseScript(port) + code,
    hasP1: true,
    restarts: true,
    env: { ESPRUINO_VARS: String(PLAIN_MODULE_VARS) },
    prepare: chip => {
      prepareFlash(chip, setupIdentity, {
        host: '127.0.0.1',
        port: gatewayPort,
        isTls: false,
        networks: [],
        intervalS: 2,
      })
      storeSetup(chip, setup)
    },
  })
  opened.push(dongle)
  const household = createHousehold({ seed: 5, startS: 1_790_000_000, hasPhases: true })
  let second = 0
  const meter = setInterval(
    () => dongle.sendP1(telegramText('fluvius', household.next(1_790_000_000 + second++))),
    1000,
  )
  opened.push({ stop: () => clearInterval(meter) })
  if (process.env.NRT_LINES) opened.push({ stop: () => console.log(dongle.lines.join('\n')) })
  return { dongle, port, page: setup.page }
}

/** Local TCP ports on which the process listens. */
function listening(pid: number): number[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return [] // closed meanwhile
    }
  })
  return ['tcp', 'tcp6'].flatMap(kind =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'latin1')
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[3] === '0A' && inodes.includes(fields[9] as string))
      .map(fields => Number.parseInt((fields[1] as string).split(':')[1] as string, 16)),
  )
}

function configOf(dongle: RealEngine) {
  const chip = openFlashChip({ path: dongle.flashPath })
  const config = readConfigIn(chip)
  chip.close()
  return config
}

describe.skipIf(!version)(`setup on Espruino ${version}`, () => {
  test('opens one port, serves its page, says what is wrong, keeps what is right, and is gone', async () => {
    const under = await startGatewayUnderTest({ intervalS: 2 }, [setupIdentity])
    under.time.wallS = 1_790_000_000
    opened.push({ stop: () => under.gateway.stop() })
    const { dongle, port, page } = await aDongle(under.port)
    await dongle.waitFor(/^setup: open/)
    expect(dongle.lines).toContain(`ap on NRT-${setupIdentity.dongleId.slice(8)} wpa2 ${SETUP_PASSWORD.length}`)
    expect(listening(dongle.pid())).toEqual([port])

    const answer = await request(port, 'GET', '/')
    expect(answer?.status).toBe(200)
    expect(
      Buffer.from(page)
        .subarray(-(answer?.body.length ?? 0))
        .equals(answer?.body as Buffer),
    ).toBe(true)
    // UDP: its names, at the same number here
    const resolver = new Resolver({ timeout: 2000, tries: 10 })
    resolver.setServers([`127.0.0.1:${port}`])
    await expect
      .poll(() => resolver.resolve4('example.org').catch(() => []), { timeout: 20_000 })
      .toEqual(['192.168.4.1'])
    const junk = createSocket('udp4')
    for (let i = 0; i < 2000; i++) junk.send(Buffer.alloc(i % 3 === 0 ? 0 : 400, i), port, '127.0.0.1')
    await expect
      .poll(() => resolver.resolve4('b.example').catch(() => []), { timeout: 40_000 })
      .toEqual(['192.168.4.1'])
    junk.close()
    const cookie = await cookieOf(port)
    // four at once and some more, a slow one among them: nobody's page is mixed with another's
    const slow = sendRaw(port, 'GET / HTT')
    const crowd = await Promise.all(Array.from({ length: 8 }, () => request(port, 'GET', '/', cookie)))
    const served = crowd.filter(one => one !== undefined)
    expect(served.length).toBeGreaterThanOrEqual(3)
    for (const one of served) expect(one.body.equals(answer?.body as Buffer)).toBe(true)
    expect((await request(port, 'GET', '/state', `${'x'.repeat(40)}; nrt=`))?.status).toBe(403)
    expect([413, undefined]).toContain((await sendRaw(port, `GET / HTTP/1.1\r\nX: ${'y'.repeat(6000)}`))?.status)
    expect(await slow).toBeUndefined()

    const state = async () => JSON.parse((await request(port, 'GET', '/state', cookie))?.body.toString() ?? 'null')
    expect(await state()).toMatchObject({ state: 0, list: [['686f6d65', -60, 1]] })
    await request(port, 'POST', '/try', cookie, tryBody(['home', 'wrong-password']))
    await dongle.waitFor(/^setup: 4$/)
    expect(await state()).toMatchObject({ state: 3, verdicts: [4] })
    await request(port, 'POST', '/try', cookie, tryBody(['home', 'right-password']))
    await dongle.waitFor(/^setup: kept/)
    expect(configOf(dongle).networks).toEqual([{ ssid: 'home', password: 'right-password' }])
    await dongle.waitFor(/^setup: closed/, 40_000)
    expect(listening(dongle.pid())).toEqual([])
    // with or without a session beside it, as the memory allows; now there is one
    await dongle.waitFor(/^acked/, 60_000)
    const used = dongle.lines.flatMap(line => Number(/^used (\d+)/.exec(line)?.[1] ?? 0) || [])
    console.log(`variables used: ${Math.max(...used)} at most, ${used.at(-1)} in the session after setup`)
    expect(dongle.lines.filter(line => /error|Uncaught|memory/i.test(line))).toEqual([])
    expect(dongle.lines.join('\n')).not.toMatch(/right-password|wrong-password|ABCD-EFGH/)
  }, 180_000)
})
