// Orders on the very bundle: on the virtual dongle always, on the engine when one is at hand. What lasts is in flash and survives the plug; a
// rotation ends with the next key alone, a wipe with no reading.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { JOURNAL_AT, JOURNAL_SECTORS, SECTOR_BYTES, SYSTEM_AT } from '../../firmware/config.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { rotatedKey } from '../../shared/session/order.ts'
import { readConfig, readIdentity, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { builtBefore, endedAfterEach, fitEngine, type Machine, machinesWith } from '../support/machines.ts'
import { MemoryBook } from '../support/memory-book.ts'
import { createNor } from '../support/nor.ts'
import { numberArgument } from '../support/order-flows.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const START_S = 1_790_000_000
const RING_AT = 0x190000
const RING_END = 0x310000
const PLAIN_MODULE_VARS = 6800
const POLL = { interval: 25 }
const STOPPED_KEY = 7
const PASSWORD = 'canary of the wipe'

const machines = machinesWith(fitEngine(), PLAIN_MODULE_VARS)

const identity = { ...identityOf(79), seedPool: new Uint8Array(createHash('sha512').update('orders').digest()) }
const firmware = builtBefore()

const opened = endedAfterEach()

async function aTable(machine: Machine) {
  const book = new MemoryBook()
  const under = await startGatewayUnderTest({ intervalS: 2 }, [identity], { book })
  under.time.wallS = START_S
  opened.push({ stop: () => under.gateway.stop() })
  const networks = [{ ssid: 'home', password: PASSWORD }]
  const config = { host: '127.0.0.1', port: under.port, isTls: false, networks, intervalS: 2 }
  const dongle = await machine.start({ bundle: firmware.code, identity, config })
  opened.push(dongle)
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  let second = 0
  const count = (pattern: RegExp): number => dongle.lines.filter(line => pattern.test(line)).length
  const printed = (pattern: RegExp, times = 1) =>
    expect.poll(() => count(pattern), { ...POLL, message: `${pattern}` }).toBeGreaterThanOrEqual(times)
  const order = async (asked: Parameters<MemoryBook['ask']>[0], answers = 1) => {
    const before = book.results.length
    book.ask(asked)
    under.gateway.commands.wake(identity.dongleId)
    await expect.poll(() => book.results.length, POLL).toBeGreaterThanOrEqual(before + answers)
    return book.results.slice(before).map(result => result.outcome)
  }
  const telegrams = async (): Promise<void> => {
    const before = count(/^batch kept/)
    for (let i = 0; i < 3; i++) dongle.send(telegramText('fluvius', household.next(START_S + second++)))
    await printed(/^batch kept/, before + 1)
  }
  const pages = () => {
    const nor = createNor(SYSTEM_SECTORS.count)
    nor.cells.set(dongle.flash().subarray(SYSTEM_AT, SYSTEM_AT + nor.cells.length))
    return { identity: readIdentity(nor), config: readConfig(nor) }
  }
  await printed(/^session: open/)
  return { under, book, dongle, count, printed, order, telegrams, pages }
}

describe.each(machines)('on $name', machine => {
  test('a stop holds over a power cut; readings are kept meanwhile and go when it is told to go on', async () => {
    const t = await aTable(machine)
    expect(await t.order({ name: 'configure', argument: numberArgument(STOPPED_KEY, 1) })).toEqual(['done'])
    await t.telegrams()
    await t.dongle.powerCycle()
    await t.printed(/^session: open/, 2)
    await t.telegrams()
    expect(t.under.ingest.stored.size).toBe(0)
    expect(await t.order({ name: 'configure', argument: numberArgument(STOPPED_KEY, 0) })).toEqual(['done'])
    await t.under.ingest.until(() => t.under.ingest.stored.size >= 2)
    await t.printed(/^acked: 0 in the ring/)
  })

  test('a rotation ends with the next key, in both copies, and the session under it', async () => {
    const t = await aTable(machine)
    const rotation = new Uint8Array([2, ...new Uint8Array(32).fill(3)])
    const deviceKey = rotatedKey(nodeCrypto, identity.deviceKey, rotation)
    const next = { ...identity, epoch: 2, deviceKey }
    t.under.directory.dongles.set(identity.dongleId, { ...identity, state: 'bound', others: [next] })
    expect(await t.order({ name: 'rotate', argument: rotation }, 2)).toEqual(['begun', 'done'])
    const kept = t.pages().identity
    expect(kept.ok && [kept.value.epoch, Buffer.from(kept.value.deviceKey)]).toEqual([2, Buffer.from(deviceKey)])
    expect(t.dongle.flash().includes(Buffer.from(identity.deviceKey))).toBe(false)
    // the old key is of no more use to it
    t.under.directory.dongles.set(identity.dongleId, { ...next, state: 'bound' })
    await t.telegrams()
    await t.printed(/^acked: 0 in the ring/)
  })

  test('a wipe leaves no reading and no Wi-Fi, and the identity', async () => {
    const t = await aTable(machine)
    expect(await t.order({ name: 'configure', argument: numberArgument(STOPPED_KEY, 1) })).toEqual(['done'])
    await t.telegrams()
    expect(
      t.dongle
        .flash()
        .subarray(RING_AT, RING_END)
        .some(byte => byte !== 0xff),
    ).toBe(true)
    const boots = t.count(/^boot /)
    expect(await t.order({ name: 'wipe' })).toEqual(['done'])
    await t.printed(/^boot /, boots + 1)
    await t.printed(/^ring: 0 records, 0 readings lost/, 2)
    const flash = t.dongle.flash()
    expect(flash.subarray(RING_AT, RING_END).findIndex(byte => byte !== 0xff)).toBe(-1)
    const oldSlots = flash.subarray(JOURNAL_AT + 64, JOURNAL_AT + JOURNAL_SECTORS * SECTOR_BYTES)
    expect(oldSlots.findIndex(byte => byte !== 0xff)).toBe(-1)
    expect(flash.subarray(SYSTEM_AT).includes(PASSWORD)).toBe(false)
    const { identity: kept, config } = t.pages()
    expect(kept.ok && kept.value.dongleId).toBe(identity.dongleId)
    expect(config.ok && [config.value.networks, config.value.wipe ?? 0]).toEqual([[], 0])
  })
})
