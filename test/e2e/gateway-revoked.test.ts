// A dongle that was reported lost, at a real gateway: cut at once, refused when it comes again; and cut by the gateway's own looks where nobody
// tells it, within a counted number of seconds of a clock that the test moves.

import { afterEach, describe, expect, test } from 'vitest'
import { createRevocations, LOOK_EVERY_MS } from '../../gateway/revocations.ts'
import { MemoryDirectory, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import fc from '../support/given-cases.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

const identity = identityOf(47)
const CUT_WITHIN_S = 5
const LOOK_EVERY_S = LOOK_EVERY_MS / 1000
const silent = { debug() {}, info() {}, warn() {}, error() {} }

class RevokingDirectory extends MemoryDirectory {
  revokedAtS = new Map<string, number>()
  isAway = false
  asked = 0

  revoke(dongleId: string, atS: number): void {
    this.revokedAtS.set(dongleId, atS)
    const known = this.dongles.get(dongleId)
    if (known !== undefined) this.dongles.set(dongleId, { ...known, state: 'lost' })
  }

  async revokedSince(sinceS: number): Promise<string[]> {
    this.asked++
    if (this.isAway) throw new Error('the directory is away')
    return [...this.revokedAtS].flatMap(([id, atS]) => (atS >= sinceS ? [id] : []))
  }
}

const opened: { end(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.end()
})

async function connected() {
  const directory = new RevokingDirectory()
  const under = await startGatewayUnderTest({}, [identity], { directory })
  opened.push({ end: () => under.gateway.stop() })
  const dongle = new ScriptedDongle({ identity, port: under.port })
  opened.push(dongle)
  await dongle.connect()
  return { under, directory, dongle }
}

describe('a revoked dongle', () => {
  test('is cut when it is said, and refused when it comes again; what it sent before is acknowledged', async () => {
    const { under, directory, dongle } = await connected()
    expect(await dongle.send(batchOf(1, 0))).toBe('final')
    directory.revoke(identity.dongleId, under.time.wallS)
    under.gateway.commands.disconnect(identity.dongleId, 'lost')
    await dongle.closed()
    await expect(dongle.connect()).rejects.toThrow()
    await under.untilRefused('dongle-disabled')
  })

  test('is cut though nobody said anything', async () => {
    const { under, directory, dongle } = await connected()
    directory.revoke(identity.dongleId, under.time.wallS)
    await dongle.closed() // by a look of the gateway's own
    await expect(dongle.connect()).rejects.toThrow()
  })
})

test('a dongle that is here is asked for its status, one that is away is not', async () => {
  const { under, dongle } = await connected()
  under.gateway.commands.requestStatus?.('0123456789AB9')
  under.gateway.commands.requestStatus?.(identity.dongleId)
  await dongle.until(() => dongle.commands.length > 0, 'a command')
  expect(dongle.commands.map(({ name }) => name)).toEqual(['send-status'])
})

describe('the gateway’s own looks', () => {
  /** Seconds until the cut: a dongle is admitted with credentials read `readS` ago, revoked at 0; looks begin `offsetS` later. */
  async function secondsToCut(offsetS: number, admittedS: number, awayLooks: number): Promise<number> {
    const directory = new RevokingDirectory()
    const time = { nowS: 1000 }
    let isConnected = false
    let cutAtS: number | undefined
    const cut = () => {
      if (isConnected) cutAtS ??= time.nowS
    }
    const clock = { wallS: () => time.nowS, monotonicMs: () => time.nowS * 1000 }
    const revocations = createRevocations(directory, { disconnect: cut }, clock, silent)
    directory.revoke(identity.dongleId, time.nowS)
    for (let passedS = 0; cutAtS === undefined && passedS < 120; passedS++) {
      time.nowS = 1000 + passedS
      isConnected = passedS >= admittedS
      directory.isAway = directory.asked < awayLooks
      if (passedS % LOOK_EVERY_S === offsetS) await revocations.look()
    }
    return (cutAtS as number) - 1000 - Math.max(admittedS, 0)
  }

  test('cut within two looks, whenever it was revoked, and also one whose admission was under way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(LOOK_EVERY_S - 1), fc.nat(20), async (offsetS, admittedS) => {
        expect(await secondsToCut(offsetS, admittedS, 0)).toBeLessThanOrEqual(LOOK_EVERY_S)
        expect(2 * LOOK_EVERY_S).toBeLessThanOrEqual(CUT_WITHIN_S)
      }),
    )
  })

  test('reach back over the time in which the directory did not answer', async () => {
    const lostLooks = 40
    expect(await secondsToCut(0, 0, lostLooks)).toBe(lostLooks * LOOK_EVERY_S)
  })
})
