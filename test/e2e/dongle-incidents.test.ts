// The bundle on the virtual dongle in an unkind house: what happens on the way to a real gateway, and that it comes back by itself.

import { createServer, type Server } from 'node:net'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { openClock } from '../../firmware/host/clock.ts'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import type { WifiHouse } from '../../firmware/host/wifi.ts'
import * as reason from '../../firmware/reasons.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const MAIN = new URL('../../firmware/main.ts', import.meta.url).pathname
const SPEED = 20
const POLL = { interval: 20 }
const identity = { ...identityOf(78), seedPool: new Uint8Array(64).fill(3) }

let bundle = ''
beforeAll(async () => {
  bundle = (await bundleFirmware(MAIN)).code
})

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const homeHouse = (): WifiHouse => ({
  points: [
    { ssid: 'home', mac: '02:00:00:00:00:01', channel: 1, rssi: -75, authMode: 'wpa2' },
    { ssid: 'attic', mac: '02:00:00:00:00:02', channel: 6, rssi: -50, authMode: 'wpa2' },
  ],
  ip: '192.0.2.10',
})

interface Table {
  dongle: VirtualDongle
  house: WifiHouse
  lines: string[]
  said(line: string | RegExp, times?: number): Promise<void>
  port: number
}

async function onTheTable(change: (house: WifiHouse) => void = () => {}, host = '127.0.0.1'): Promise<Table> {
  const under = await startGatewayUnderTest({ mqttPort: 0, intervalS: 10 }, [identity])
  stops.push(() => under.gateway.stop())
  const house = homeHouse()
  change(house)
  const lines: string[] = []
  const networks = ['home', 'attic'].map(ssid => ({ ssid, password: 'password' }))
  const dongle = openVirtualDongle({
    clock: openClock(SPEED),
    bundle: { code: bundle, filename: 'nrt.js' },
    house,
    prepare: chip => {
      prepareFlash(chip, identity, { host, port: under.port, isTls: false, networks, intervalS: 10 })
    },
    tell: event => {
      if (event.event === 'print') lines.push(event.line)
    },
  })
  stops.push(() => dongle.stop())
  const said = async (line: string | RegExp, times = 1): Promise<void> => {
    const matches = (one: string): boolean => (typeof line === 'string' ? one === line : line.test(one))
    await expect.poll(() => lines.filter(matches).length, { ...POLL, message: `${line}` }).toBeGreaterThanOrEqual(times)
  }
  return { dongle, house, lines, said, port: under.port }
}

test('looks around, joins, asks, dials: a session', async () => {
  const { said, lines } = await onTheTable()
  await said('session: open')
  expect(lines.filter(line => line.startsWith('network'))).toEqual(['network: up'])
})

test('a captive portal that answers 200 is named, and when it lets through there is a session', async () => {
  const portal: Server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n<html>Welcome</html>'))
  })
  await new Promise<void>(resolve => portal.listen(0, '127.0.0.1', resolve))
  stops.push(() => portal.close())
  const { dongle, said, house } = await onTheTable(one => {
    one.ip = null
  })
  const { port } = portal.address() as { port: number }
  dongle.networkFaults({ portal: { host: '127.0.0.1', port } })
  house.ip = '192.0.2.10'
  await said(`link: down, ${reason.NOT_MQTT}`)
  dongle.networkFaults({})
  await said('session: open')
})

test('no address server: named, and joined when there is one', async () => {
  const { said, house } = await onTheTable(one => {
    one.ip = null
  })
  await said(`network: ${reason.NO_ADDRESS}`)
  house.ip = '192.0.2.11'
  await said('session: open')
})

test('a radio that hangs is switched off and on', async () => {
  const { said } = await onTheTable(one => {
    one.isHung = true
  })
  await said(`network: ${reason.SCAN_FAILED}`)
  await said(`network: ${reason.JOIN_TIMEOUT}`)
  await said('session: open')
})

test('a host that swallows UDP is dialled all the same', async () => {
  const { said, dongle, house } = await onTheTable(one => {
    one.ip = null
  })
  dongle.networkFaults({ isUdpLost: true })
  house.ip = '192.0.2.10'
  await said('session: open')
})

test('a connect() that stands still is survived, named, and not tried again at once', async () => {
  const { said, dongle, house, lines } = await onTheTable(one => {
    one.ip = null
  })
  dongle.networkFaults({ standstillMs: 400, isUdpLost: true })
  house.ip = '192.0.2.10'
  await said(`link: down, ${reason.NOT_CONNECTED}`)
  await said(`link: down, ${reason.PROBE_UNANSWERED}`)
  expect(lines.filter(line => line === `link: down, ${reason.NOT_CONNECTED}`)).toHaveLength(1)
  dongle.networkFaults({})
  await said('session: open')
})

test('a name server that knows nothing: the gateway’s name stays unknown until it does', async () => {
  const { said, house, lines } = await onTheTable(one => {
    one.isDnsDead = true
  }, 'localhost')
  await said('network: up')
  await said(`link: down, ${reason.LINK_TIMEOUT}`)
  expect(lines).not.toContain('link: up')
  house.isDnsDead = false
  await said('session: open')
})
