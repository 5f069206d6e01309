// The dongle's bundle over TLS, at the gateway's own TLS listener: on the engine with the engine's TLS, where one is at hand. It takes any
// certificate, so that one of our own making will do.

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { builtBefore, endedAfterEach, fitEngine, machinesWith } from '../support/machines.ts'
import { identityOf } from '../support/scripted-dongle.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'

const START_S = 1_790_000_000
/** What a module with PSRAM has: a TLS connection takes 3,500 of them. */
const PSRAM_VARS = 16_383
const POLL = { interval: 25 }

const machines = machinesWith(fitEngine(), PSRAM_VARS)
const identity = { ...identityOf(81), seedPool: new Uint8Array(createHash('sha512').update('tls').digest()) }
const firmware = builtBefore()
const opened = endedAfterEach()
const folder = mkdtempSync(join(tmpdir(), 'nrt-device-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(machines)('on $name', machine => {
  test('readings go over TLS, and are acknowledged', async () => {
    const [tlsCertFile, tlsKeyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const { cert, key } = selfSignedCertificate('gateway.example')
    writeFileSync(tlsCertFile, cert)
    writeFileSync(tlsKeyFile, key)
    const under = await startGatewayUnderTest({ intervalS: 2, tlsPort: 0, tlsCertFile, tlsKeyFile }, [identity])
    under.time.wallS = START_S
    opened.push({ stop: () => under.gateway.stop() })
    const port = under.gateway.tlsPort as number
    const networks = [{ ssid: 'home', password: 'password' }]
    const config = { host: '127.0.0.1', port, isTls: true, networks, intervalS: 2 }
    const dongle = await machine.start({ bundle: firmware.code, identity, config })
    opened.push(dongle)
    const printed = (pattern: RegExp) =>
      expect.poll(() => dongle.lines.some(line => pattern.test(line)), { ...POLL, message: `${pattern}` }).toBe(true)
    await printed(/^session: open/)
    const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
    for (let second = 0; second < 3; second++) dongle.send(telegramText('fluvius', household.next(START_S + second)))
    await under.ingest.until(() => under.ingest.stored.size >= 1)
    await printed(/^acked: 0 in the ring/)
  })
})
