// Orders and keys at a real gateway, with a scripted dongle: what is in the book goes out once per session under its number, both keys of a
// rotation are taken, and what looks like a clone is said.

import { afterEach, describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import type { CloneSign } from '../../shared/port/dongle-directory.ts'
import { rotatedKey } from '../../shared/session/order.ts'
import { type GatewayUnderTest, MemoryDirectory, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { MemoryBook } from '../support/memory-book.ts'
import { batchOf, identityOf, ScriptedDongle, type ScriptedDongleOptions } from '../support/scripted-dongle.ts'

const identity = identityOf(31)

class WatchfulDirectory extends MemoryDirectory {
  readonly signs: CloneSign[] = []
  readonly epochs: number[] = []

  async heard(_dongleId: string, epoch: number): Promise<void> {
    this.epochs.push(epoch)
  }

  async suspect(_dongleId: string, sign: CloneSign): Promise<void> {
    this.signs.push(sign)
  }
}

const opened: { end(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.end()
})

async function aGateway() {
  const directory = new WatchfulDirectory()
  const book = new MemoryBook()
  const under = await startGatewayUnderTest({}, [identity], { directory, book })
  opened.push({ end: () => under.gateway.stop() })
  return { ...under, directory, book }
}

async function aDongle(under: GatewayUnderTest, options: Partial<ScriptedDongleOptions> = {}) {
  const dongle = new ScriptedDongle({ identity, port: under.port, ...options })
  opened.push(dongle)
  await dongle.connect()
  return dongle
}

describe('an order', () => {
  test('goes out when the dongle comes, again under the same number in its next session, and no more once it is answered', async () => {
    const under = await aGateway()
    under.book.ask({ name: 'configure', argument: new Uint8Array([0xa1, 4, 10]) })
    under.book.ask({ name: 'diagnose' })
    const dongle = await aDongle(under)
    await dongle.until(() => dongle.commands.length > 0, 'an order')
    dongle.cut()
    await dongle.closed()
    await dongle.connect()
    await dongle.until(() => dongle.commands.length > 1, 'the order again')
    const [first, again] = dongle.commands
    expect(again).toEqual(first)
    dongle.sendResult(first!.number, 'done')
    await dongle.until(() => dongle.commands.length > 2, 'the next order')
    expect(dongle.commands[2]).toMatchObject({ name: 'diagnose' })
    expect(under.book.results).toMatchObject([{ number: first!.number, outcome: 'done' }])
  })

  test('goes out at once to a dongle that is here', async () => {
    const under = await aGateway()
    const dongle = await aDongle(under)
    under.book.ask({ name: 'reboot' })
    under.gateway.commands.wake(identity.dongleId)
    under.gateway.commands.wake(identityOf(32).dongleId)
    await dongle.until(() => dongle.commands.length > 0, 'an order')
    expect(dongle.commands).toMatchObject([{ name: 'reboot' }])
  })

  test('of an interval reaches a dongle in the challenge of its next session', async () => {
    const under = await aGateway()
    under.directory.dongles.set(identity.dongleId, { ...identity, state: 'bound', intervalS: 75 })
    expect((await aDongle(under)).intervalS).toBe(75)
  })
})

describe('while a key is replaced', () => {
  test('the gateway takes both, and says which one it heard within a session', async () => {
    const under = await aGateway()
    const next = { ...identity, epoch: 2, deviceKey: rotatedKey(nodeCrypto, identity.deviceKey, new Uint8Array([2])) }
    under.directory.dongles.set(identity.dongleId, { ...identity, state: 'bound', others: [next] })
    const old = await aDongle(under)
    expect(await old.send(batchOf(1, 0))).toBe('final')
    old.cut()
    await old.closed()
    const fresh = await aDongle(under, { identity: next, boot: 2 })
    expect(under.directory.epochs).toEqual([1])
    expect(await fresh.send(batchOf(2, 0))).toBe('final')
    expect(under.directory.epochs).toEqual([1, 2])
    expect(under.directory.signs).toEqual([])
    const stranger = { ...identity, deviceKey: new Uint8Array(32) }
    await expect(aDongle(under, { identity: stranger, boot: 3 })).rejects.toThrow()
    expect(await under.refused('bad-password')).toBe(1)
  })
})

describe('what looks like a clone is told to the directory:', () => {
  test('an authentic CONNECT of a session that is over', async () => {
    const under = await aGateway()
    await aDongle(under, { boot: 7, session: 4 })
    await expect(aDongle(under, { boot: 7, session: 4 })).rejects.toThrow()
    await expect(aDongle(under, { boot: 6, session: 9 })).rejects.toThrow()
    expect(under.directory.signs).toEqual(['old-session', 'old-session'])
    expect(await under.refused('replayed-connect')).toBe(2)
  })

  test('a second dongle that comes while the first one talks', async () => {
    const under = await aGateway()
    const first = await aDongle(under, { boot: 7 })
    expect(await first.send(batchOf(7, 0))).toBe('final')
    await aDongle(under, { boot: 8 })
    await first.closed()
    expect(under.directory.signs).toEqual(['two-sessions'])
    expect(under.lines.filter(line => line.level === 'warn').map(line => line.sentence)).toEqual([
      'a dongle may have a clone',
    ])
  })

  test('another nonce in the same session', async () => {
    const under = await aGateway()
    const dongle = await aDongle(under)
    dongle.sendHello()
    dongle.sendHello(new Uint8Array(16))
    await dongle.closed()
    expect(under.directory.signs).toEqual(['other-nonce'])
    expect(await under.refused('other-nonce')).toBe(1)
  })
})
