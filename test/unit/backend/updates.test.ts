// Updates on a real store: what a dongle is given, byte for byte, under which key, and what becomes of it when it answers, does not answer, is
// paused, forges, changes its key, loses its program; and all of it over a restart of the backend.

import { createHash, createHmac } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { newest } from '../../../backend/api/pages.ts'
import { USUAL_PLAN } from '../../../backend/updates/plan.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { decodeManifest, type Manifest } from '../../../shared/update/manifest.ts'
import type { MacedOrder, UpdateReport } from '../../../shared/update/messages.ts'
import type { UpdateCode, UpdateState } from '../../../shared/update/states.ts'
import { updateMac } from '../../../shared/update/update-order.ts'
import { valueOrThrow } from '../../support/facts.ts'
import { TRUST } from '../../support/releases.ts'
import { openUpdateFleet, type UpdateFleet } from '../../support/update-fleet.ts'

const hmac = {
  hmacSha256: (key: Uint8Array, bytes: Uint8Array): Uint8Array => createHmac('sha256', key).update(bytes).digest(),
}

let fleet: UpdateFleet
afterEach(() => fleet.stop())

async function started(dongles: number, plan = {}): Promise<UpdateFleet> {
  fleet = await openUpdateFleet(dongles)
  await fleet.release({ version: 12 })
  await fleet.start(12, { ...USUAL_PLAN, soakS: 60, patienceS: 600, answerS: 600, ...plan })
  return fleet
}

function report(
  order: Pick<MacedOrder, 'number'>,
  state: UpdateState,
  running: number,
  code: UpdateCode = 'none',
): UpdateReport {
  return { number: order.number, state, code, running, loaded: 0, floor: 1 }
}

async function orderOf(number: number): Promise<MacedOrder> {
  const order = await fleet.port.next(fleet.id(number), 1)
  if (order === undefined) throw new Error(`dongle ${number} has no order`)
  return order
}

/** The numbers of the dongles that are given something when all of them come by. */
async function served(dongles: number): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < dongles; i++) if ((await fleet.port.next(fleet.id(i), 1)) !== undefined) found.push(i)
  return found
}

describe('an order', () => {
  test('is the signed manifest under the MAC of this dongle’s key of this epoch, and stays the same until it is answered', async () => {
    await started(3)
    const order = await orderOf(0)
    const keys = deriveKeys(hmac, fleet.key(0), 1)
    const { mac, ...rest } = order
    expect(mac).toEqual(updateMac(hmac, keys, fleet.id(0), rest))
    expect(rest).toMatchObject({ soakS: USUAL_PLAN.trialS, isBackward: 0 })
    expect(decodeManifest(rest.manifest)).toMatchObject({ version: 12, release: '0.12.0' })
    expect(await orderOf(0)).toEqual(order)
    await fleet.restart()
    expect(await orderOf(0)).toEqual(order)
    expect(await fleet.port.next(fleet.id(0), 9)).toBeUndefined()
    expect(await fleet.port.next('0123456789AB9', 1)).toBeUndefined()
  })

  test('brings the program in chunks, and nothing behind its end', async () => {
    await started(1)
    const { number, manifest } = await orderOf(0)
    const { bytes, sha256 } = decodeManifest(manifest) as Manifest
    const parts: Uint8Array[] = []
    for (let at = 0; at < bytes; at += 1024) {
      const part = await fleet.port.readChunk(fleet.id(0), number, at, 1024)
      expect(part).toBeInstanceOf(Uint8Array)
      parts.push(part as Uint8Array)
    }
    expect(createHash('sha256').update(Buffer.concat(parts)).digest()).toEqual(Buffer.from(sha256))
    expect(await fleet.port.readChunk(fleet.id(0), number, bytes, 1024)).toBe('later')
    expect(await fleet.port.readChunk(fleet.id(0), number + 1, 0, 1024)).toBe('withdrawn')
    expect(await fleet.port.readChunk('0123456789AB9', number, 0, 1024)).toBe('withdrawn')
  })

  test('is not for a dongle whose turn has not come, that runs it already, or that is lost', async () => {
    fleet = await openUpdateFleet(12)
    await fleet.release({ version: 12 })
    await fleet.port.note(fleet.id(0), report({ number: 0 }, 'none', 12))
    const db = new DatabaseSync(fleet.path)
    db.prepare("UPDATE dongle SET state = 'lost' WHERE id = ?").run(fleet.id(1))
    db.close()
    expect((await fleet.start(12, USUAL_PLAN)).rollout.total).toBe(10)
    expect(await served(12)).toHaveLength(5)
    expect(await served(12)).not.toContain(0)
  })

  test('waits for its window', async () => {
    await started(3, { window: { fromMinute: 60, toMinute: 120, timeZone: 'UTC' } })
    fleet.clock.nowS -= fleet.clock.nowS % 86_400
    expect(await served(3)).toEqual([])
    fleet.clock.nowS += 3600
    expect(await served(3)).toHaveLength(3)
  })

  test('is given anew when the dongle’s key had changed under it, a few times and no more', async () => {
    await started(1)
    const numbers: number[] = []
    for (let i = 0; i < 4; i++) {
      const order = await orderOf(0)
      numbers.push(order.number)
      await fleet.port.note(fleet.id(0), report(order, 'refused', 11, 'forged'))
    }
    expect(new Set(numbers).size).toBe(4)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(await served(1)).toEqual([])
    expect(await fleet.states()).toEqual(['refused'])
  })

  test('is given anew later when the dongle was busy with a trial of its own', async () => {
    await started(1)
    const first = await orderOf(0)
    await fleet.port.note(fleet.id(0), report(first, 'refused', 11, 'busy'))
    expect(await served(1)).toEqual([])
    fleet.clock.nowS += 1800
    expect((await orderOf(0)).number).toBeGreaterThan(first.number)
  })
})

test('a clock that was set back, or had been far ahead, makes no order an old one and forgets nobody in need', async () => {
  await started(2, { soakS: 0 })
  const well = await orderOf(1)
  await fleet.port.note(fleet.id(1), report(well, 'good', 12))
  fleet.clock.nowS += 10 * 365 * 86_400
  const lost = await orderOf(0)
  await fleet.port.note(fleet.id(0), report(lost, 'rescue', 0, 'damaged'))
  const ahead = await orderOf(0)
  await fleet.port.note(fleet.id(0), report(ahead, 'failed', 0, 'hash'))
  await fleet.port.note(fleet.id(0), report(ahead, 'rescue', 0, 'damaged'))
  fleet.clock.nowS -= 10 * 365 * 86_400
  const back = await orderOf(0)
  expect(back.number).toBe(ahead.number + 1)
  expect(back.number).toBeGreaterThan(fleet.clock.nowS * 1000)
})

describe('success', () => {
  test('is a healthy start of exactly this program, and the next wave begins only after the soak', async () => {
    await started(60)
    for (const i of await served(60)) {
      const order = await orderOf(i)
      await fleet.port.note(fleet.id(i), { ...report(order, 'loading', 11), loaded: 1024 })
      await fleet.port.note(fleet.id(i), report(order, 'loaded', 11))
      await fleet.port.note(fleet.id(i), report(order, 'trial', 12))
      await fleet.look(60)
      expect(await served(60)).toHaveLength(5 - (await fleet.count('healthy')))
      await fleet.port.note(fleet.id(i), report(order, 'good', 12))
      await fleet.port.note(fleet.id(i), report(order, 'good', 12))
    }
    expect(await fleet.count('healthy')).toBe(5)
    await fleet.look(0)
    expect(await served(60)).toHaveLength(0)
    await fleet.look(61)
    // 10 % of 60 is 6: one more than the first wave
    expect(await served(60)).toHaveLength(1)
  })

  test('survives a restart at any moment', async () => {
    await started(20)
    for (const i of await served(20)) {
      const order = await orderOf(i)
      await fleet.restart()
      await fleet.port.note(fleet.id(i), report(order, 'trial', 12))
      await fleet.restart()
      await fleet.port.note(fleet.id(i), report(order, 'good', 12))
    }
    await fleet.look(0)
    await fleet.restart()
    await fleet.look(61)
    // 50 % of 20, the five of the first wave among them
    expect(await served(20)).toHaveLength(5)
  })

  test('is not what a dongle says that runs something else', async () => {
    await started(1)
    const order = await orderOf(0)
    await fleet.port.note(fleet.id(0), report(order, 'good', 11))
    expect(await fleet.states()).toEqual(['returned'])
  })
})

describe('a bad release', () => {
  test('stops everything at the first that comes back: the others are not given the rest of it', async () => {
    await started(60)
    const orders = []
    for (const i of await served(60)) orders.push({ i, ...(await orderOf(i)) })
    const [first, second, third] = orders as [(typeof orders)[0], (typeof orders)[0], (typeof orders)[0]]
    await fleet.port.note(fleet.id(second.i), report(second, 'loaded', 11))
    await fleet.port.note(fleet.id(first.i), report(first, 'returned', 11, 'crashed'))
    expect((await fleet.show()).rollout).toMatchObject({ state: 'stopped', reason: 'too-many-failed' })
    expect(await fleet.port.readChunk(fleet.id(third.i), third.number, 0, 1024)).toBe('withdrawn')
    expect(await served(60)).toEqual([second.i])
    await fleet.port.note(fleet.id(third.i), report(third, 'failed', 11, 'withdrawn'))
    await fleet.port.note(fleet.id(second.i), report(second, 'returned', 11, 'unhealthy'))
    expect(await fleet.count('returned')).toBe(2)
    expect(await fleet.count('withdrawn')).toBe(3)
    expect(await fleet.count('waiting')).toBe(55)
    expect(await served(60)).toEqual([])
    const kinds = (await fleet.updates.rollouts.events(fleet.rolloutId, newest(100))).map(
      event => `${event.kind} by ${event.actor}`,
    )
    expect(kinds).toContain('stopped by platform')
    expect(kinds.at(-1)).toBe(`proposed by ${fleet.maker}`)
  })

  test('is followed by a good one that reaches all, those that came back too', async () => {
    await started(4)
    const order = await orderOf(0)
    await fleet.port.note(fleet.id(0), report(order, 'returned', 11, 'crashed'))
    await fleet.release({ version: 13 })
    await fleet.start(13, { ...USUAL_PLAN, soakS: 0 })
    for (const i of await served(4)) await fleet.port.note(fleet.id(i), report(await orderOf(i), 'good', 13))
    await fleet.look(0)
    expect((await fleet.show()).rollout.state).toBe('done')
    expect(await fleet.count('healthy')).toBe(4)
  })

  test('that costs a dongle its programs is made good by the newest proved release', async () => {
    await started(2, { soakS: 0 })
    for (const i of await served(2)) await fleet.port.note(fleet.id(i), report(await orderOf(i), 'good', 12))
    await fleet.look(0)
    await fleet.release({ version: 13 })
    await fleet.start(13, USUAL_PLAN)
    const bad = await orderOf(0)
    await fleet.port.note(fleet.id(0), report(bad, 'rescue', 0, 'damaged'))
    expect((await fleet.show()).rollout.state).toBe('stopped')
    const rescue = await orderOf(0)
    expect(rescue.number).toBeGreaterThan(bad.number)
    expect(decodeManifest(rescue.manifest)).toMatchObject({ version: 12 })
    expect(await fleet.port.readChunk(fleet.id(0), rescue.number, 0, 8)).toBeInstanceOf(Uint8Array)
    await fleet.port.note(fleet.id(0), report(rescue, 'good', 12))
    expect(await fleet.port.next(fleet.id(0), 1)).toBeUndefined()
  })
})

describe('a dongle without a program', () => {
  /** One that works runs version 12; the other has lost both. */
  async function needy(): Promise<MacedOrder> {
    await started(2, { soakS: 0 })
    const well = await orderOf(1)
    await fleet.port.note(fleet.id(1), report(well, 'good', 12))
    const lost = await orderOf(0)
    await fleet.port.note(fleet.id(0), report(lost, 'rescue', 0, 'damaged'))
    return lost
  }

  const kindsOf = async () =>
    (await fleet.updates.rollouts.events(undefined, newest(100)))
      .filter(({ dongleId, rolloutId }) => dongleId === fleet.id(0) && rolloutId === null)
      .map(({ kind, detail }) => (detail === null ? kind : `${kind}, ${detail}`))
      .reverse()

  test('that no program helps is sent one more and more seldom, and never not again', async () => {
    const lost = await needy()
    const numbers: number[] = [lost.number]
    for (const waitS of [0, 900, 3600]) {
      if (waitS > 0) {
        fleet.clock.nowS += waitS - 1
        expect(await fleet.port.next(fleet.id(0), 1)).toBeUndefined()
        fleet.clock.nowS += 1
      }
      const order = await orderOf(0)
      // the same one again until it is ended, however often the dongle comes by
      expect(await orderOf(0)).toEqual(order)
      numbers.push(order.number)
      await fleet.port.note(fleet.id(0), report(order, 'failed', 0, 'hash'))
      await fleet.port.note(fleet.id(0), report(order, 'rescue', 0, 'damaged'))
      await fleet.restart()
      expect(await fleet.port.next(fleet.id(0), 1)).toBeUndefined()
    }
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    fleet.clock.nowS += 30 * 86_400
    await fleet.port.note(fleet.id(0), report(await orderOf(0), 'good', 12))
    expect(await fleet.port.next(fleet.id(0), 1)).toBeUndefined()
    const tries = ['given, rescue', 'failed, hash', 'rescue']
    expect(await kindsOf()).toEqual(['rescue', ...tries, ...tries, ...tries, 'given, rescue', 'healthy'])
  })
})

describe('a dongle that cannot be updated', () => {
  function write(sql: string, ...values: (string | number)[]): void {
    const db = new DatabaseSync(fleet.path, { enableForeignKeyConstraints: false })
    db.prepare(sql).run(...values)
    db.close()
  }
  const statusOf = (number: number): void =>
    write(
      'INSERT INTO dongleStatus (dongleNo, receivedAtMs, body) SELECT no, ?, ? FROM dongle WHERE id = ?',
      fleet.clock.nowS * 1000,
      '{}',
      fleet.id(number),
    )
  const engineOf = (number: number, engine: string): void =>
    write(
      "INSERT INTO dongleOrigin SELECT no, 1, 0, '0.1.0', ?, NULL FROM dongle WHERE id = ?",
      engine,
      fleet.id(number),
    )

  test('since it has spoken and never of updates, or has another engine, is shown with why, and waited for by nobody', async () => {
    fleet = await openUpdateFleet(4)
    await fleet.release({ version: 12 })
    statusOf(0)
    engineOf(1, '2v00')
    const { rollout } = await fleet.start(12, { ...USUAL_PLAN, soakS: 0 })
    expect(rollout.total).toBe(2)
    const members = await fleet.updates.rollouts.members(fleet.rolloutId, 'unable', { after: -1, limit: 10 })
    expect(members.map(({ dongleId, code }) => `${dongleId} ${code}`).toSorted()).toEqual(
      [`${fleet.id(0)} no-updater`, `${fleet.id(1)} other-engine`].toSorted(),
    )
    expect(await served(4)).toEqual([2, 3])
    for (const i of [2, 3]) await fleet.port.note(fleet.id(i), report(await orderOf(i), 'good', 12))
    await fleet.look(0)
    expect((await fleet.show()).rollout.state).toBe('done')
  })

  test('is found out when it comes by, and the rollout ends all the same; if it speaks of updates after all it has its turn again', async () => {
    await started(3, { soakS: 0, patienceS: 600 })
    fleet.clock.nowS += 1
    statusOf(0)
    await fleet.look(0)
    expect(await fleet.count('unable')).toBe(1)
    for (const i of [1, 2]) await fleet.port.note(fleet.id(i), report(await orderOf(i), 'good', 12))
    await fleet.look(0)
    expect((await fleet.show()).rollout.state).toBe('running')
    await fleet.look(600)
    expect((await fleet.show()).rollout.state).toBe('done')
    expect(await fleet.port.next(fleet.id(0), 1)).toBeUndefined()
    await fleet.port.note(fleet.id(0), report({ number: 0 }, 'none', 11))
    expect(await served(3)).toEqual([0])
  })
})

test('a dongle that was silent with an old update gets the next one, when the old rollout is over', async () => {
  await started(1)
  const old = await orderOf(0)
  await fleet.port.note(fleet.id(0), report(old, 'loaded', 11))
  await fleet.say('cancelled')
  expect((await orderOf(0)).number).toBe(old.number)
  await fleet.release({ version: 13 })
  await fleet.start(13, USUAL_PLAN)
  expect((await orderOf(0)).number).toBe(old.number)
  fleet.clock.nowS += 600
  const order = await orderOf(0)
  expect(decodeManifest(order.manifest)).toMatchObject({ version: 13 })
  expect(await fleet.port.readChunk(fleet.id(0), old.number, 0, 8)).toBe('withdrawn')
})

describe('people', () => {
  test('are named in the audit with every word they say, also with one that was refused; nobody can change it', async () => {
    fleet = await openUpdateFleet(2)
    await fleet.release({ version: 12 })
    const { rollouts, ddi } = fleet.updates
    const { id } = valueOrThrow(await rollouts.propose({ version: 12, plan: USUAL_PLAN, pilots: [] }, 'operator maker'))
    expect((await rollouts.say(id, 'approved', 'operator maker')).ok).toBe(false)
    for (const word of ['approved', 'paused', 'resumed', 'cancelled'] as const) {
      valueOrThrow(await rollouts.say(id, word, 'operator checker'))
    }
    await ddi.newToken(fleet.id(0), 'operator checker')
    const events = (await rollouts.events(undefined, newest(100))).reverse()
    expect(events.map(({ kind, actor, detail }) => `${kind} by ${actor}: ${detail ?? '-'}`)).toEqual([
      expect.stringMatching(/^release by operator acc_maker: version 12, signed by /),
      'proposed by operator maker: version 12, 2 dongles',
      'approval-refused by operator maker: same-person',
      'approved by operator checker: -',
      'paused by operator checker: asked',
      'resumed by operator checker: -',
      'cancelled by operator checker: asked',
      'target-token by operator checker: -',
    ])
    expect(events.slice(1, 7).every(({ rolloutId, version }) => rolloutId === id && version === 12)).toBe(true)
    const db = new DatabaseSync(fleet.path)
    for (const change of ["UPDATE updateEvent SET actor = 'nobody'", 'DELETE FROM updateEvent']) {
      expect(() => db.exec(change)).toThrow(/the audit only grows/)
    }
    db.close()
  })

  test('pause: chunks later, no orders; resume: the same order goes on', async () => {
    await started(10)
    const order = await orderOf(0).catch(() => undefined)
    const [first] = await served(10)
    const open = order ?? (await orderOf(first as number))
    await fleet.say('paused')
    expect(await fleet.port.readChunk(fleet.id(first as number), open.number, 0, 8)).toBe('later')
    expect(await served(10)).toEqual([])
    await fleet.say('resumed')
    expect(await orderOf(first as number)).toEqual(open)
  })

  test('cancel: what has not begun is taken back, a dongle on trial ends it', async () => {
    await started(10)
    const [first, second] = (await served(10)) as [number, number]
    const [a, b] = [await orderOf(first), await orderOf(second)]
    await fleet.port.note(fleet.id(first), report(a, 'trial', 12))
    await fleet.say('cancelled')
    expect(await fleet.port.readChunk(fleet.id(second), b.number, 0, 8)).toBe('withdrawn')
    expect(await fleet.port.readChunk(fleet.id(first), a.number, 0, 8)).toBeInstanceOf(Uint8Array)
    await fleet.port.note(fleet.id(first), report(a, 'good', 12))
    expect(await fleet.count('healthy')).toBe(1)
    expect(await served(10)).toEqual([])
  })
})

describe('trust', () => {
  test('in a key that was taken away is gone for what it signed: nothing of it is proposed, approved or resumed', async () => {
    fleet = await openUpdateFleet(2)
    await fleet.release({ version: 12, signedBy: [0, 1] })
    const { rollouts } = fleet.updates
    const { id } = valueOrThrow(await rollouts.propose({ version: 12, plan: USUAL_PLAN, pilots: [] }, 'maker'))
    await fleet.restart({ keys: TRUST.keys.slice(1), threshold: 2 })
    const untrusted = { ok: false, fault: { code: 'release.untrusted' } }
    expect(await fleet.updates.rollouts.say(id, 'approved', 'checker')).toEqual(untrusted)
    expect(await served(2)).toEqual([])
    await fleet.restart()
    expect((await fleet.updates.rollouts.say(id, 'approved', 'checker')).ok).toBe(true)
    await fleet.updates.rollouts.say(id, 'paused', 'checker')
    await fleet.restart({ keys: TRUST.keys.slice(1), threshold: 2 })
    expect(await fleet.updates.rollouts.say(id, 'resumed', 'checker')).toEqual(untrusted)
    expect((await fleet.updates.rollouts.say(id, 'cancelled', 'checker')).ok).toBe(true)
  })

  test('is in what was signed, not in what lies in the database', async () => {
    fleet = await openUpdateFleet(2)
    await fleet.release({ version: 12 })
    const db = new DatabaseSync(fleet.path)
    db.prepare('UPDATE release SET program = ?').run(new Uint8Array(Buffer.from('// another program')))
    db.close()
    const proposed = await fleet.updates.rollouts.propose({ version: 12, plan: USUAL_PLAN, pilots: [] }, 'maker')
    expect(proposed).toEqual({ ok: false, fault: { code: 'release.untrusted' } })
  })
})

test('the database keeps what was signed and by whom', async () => {
  await started(1)
  await orderOf(0)
  const db = new DatabaseSync(fleet.path, { readOnly: true })
  const [row] = db.prepare('SELECT signatures, signers FROM release').all() as { signatures: string; signers: string }[]
  db.close()
  expect(JSON.parse(row?.signers as string)).toHaveLength(2)
  expect(JSON.parse(row?.signatures as string)).toHaveLength(2)
})
