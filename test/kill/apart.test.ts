import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../shared/kernel/random.ts'
import type { Apart } from '../support/apart.ts'
import { meteringPointId } from '../support/fleet.ts'
import { MOSQUITTO } from '../support/mosquitto.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import { runApartKills } from './apart-run.ts'

if (MOSQUITTO === undefined)
  console.warn('skipped: kill -9 of gateways, backend and broker apart needs mosquitto installed')

const OPERATOR_KEY = 'an-operator-key-for-the-tests'

/** What goes down: somebody opens the page of dongle 0, and it hears of it, whichever gateway it speaks to. */
async function expectLive({ httpPort, accessKey, portOf }: Apart): Promise<void> {
  const base = `http://127.0.0.1:${httpPort}/api/v1/metering-points`
  const headers = { authorization: `Bearer ${accessKey}` }
  const dongle = new ScriptedDongle({ identity: identityOf(0), port: portOf(0), boot: 2 })
  await dongle.connect()
  const page = new AbortController()
  const live = await fetch(`${base}/${await meteringPointId(base, headers, 0)}/live`, { headers, signal: page.signal })
  expect(live.status).toBe(200)
  await dongle.until(() => dongle.commands.some(({ name }) => name === 'live'), 'the wish for live delivery')
  // and what comes up shows on that page
  const t0S = Math.floor(Date.now() / 1000)
  expect(await dongle.send(batchOf(2, 0, 10, t0S))).toBe('final')
  let shown = ''
  for await (const part of live.body as unknown as AsyncIterable<Uint8Array>) {
    shown += Buffer.from(part).toString()
    if (shown.includes(`${t0S + 9}`)) break
  }
  page.abort()
  await dongle.end()
}

/** A dongle that is reported lost is not heard any more, at any gateway, though its connection to the broker stands. */
async function expectRevoked(apart: Apart): Promise<void> {
  const dongle = new ScriptedDongle({ identity: identityOf(1), port: apart.portOf(1), boot: 2 })
  await dongle.connect()
  for (let i = 0; i < 6; i++) expect(await dongle.send(batchOf(2, i * 10))).toBe('final')
  const asked = await fetch(`http://127.0.0.1:${apart.httpPort}/api/v1/dongles/${dongle.dongleId}/acts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ act: 'report-lost' }),
  })
  expect(asked.status).toBeLessThan(300)
  let firstSeq = 1000
  await expect
    .poll(async () => {
      firstSeq += 10
      dongle.post(batchOf(2, firstSeq))
      const pages = await Promise.all(apart.gatewayHttpPorts().map(port => fetch(`http://127.0.0.1:${port}/metrics`)))
      const metrics = await Promise.all(pages.map(page => page.text()))
      return metrics.filter(text => text.includes('reason="dongle-disabled"')).length
    })
    .toBe(2)
  await dongle.end()
}

/** Its batch is on the way to the backend when that line is dead and then reset: it is stored, asked again by the gateway or sent again by the dongle. */
async function expectCutLine(apart: Apart): Promise<void> {
  const dongle = new ScriptedDongle({ identity: identityOf(2), port: apart.portOf(2), boot: 2 })
  await dongle.connect()
  const lines = apart.lines(/^gateway-backend/)
  for (const line of lines) line.set({ kind: 'drop' })
  const verdict = dongle.send(batchOf(2, 0))
  for (const line of lines) line.set({ kind: 'reset', everyMs: 60_000 })
  for (const line of lines) line.set()
  // as a dongle does after a while: a gateway that had yet to ask who it is has passed its message over
  const again = setInterval(() => dongle.post(batchOf(2, 0)), 300)
  expect(await verdict).toBe('final')
  clearInterval(again)
  await dongle.end()
}

describe.skipIf(MOSQUITTO === undefined)('gateways, backend and broker as processes of their own', () => {
  test('kill -9 of each of them under load loses and doubles nothing that was acknowledged; then all works as in one process', async () => {
    const report = await runApartKills(
      {
        ...{ rounds: 2, dongleCount: 4, gatewayCount: 2, victims: [['gateway 1', 'broker'], ['backend']] },
        settings: { NRT_OPERATOR_KEY: OPERATOR_KEY },
        chaos: seededRandom(8),
        async look(apart) {
          await expectLive(apart)
          await expectCutLine(apart)
          await expectRevoked(apart)
        },
      },
      seededRandom(7),
    )
    expect(report.acknowledged).toBeGreaterThan(0)
    expect(report.acknowledged).toBe(report.batchesSent)
    expect(report).toMatchObject({ lost: 0, doubled: 0, invented: 0 })
  })
})
