// Claim and bind, with everything real but the dongle: the code on the label, the market's register, the meter in the first telegram, and what
// of the readings somebody then sees. Nothing is released before all of it fits.

import { afterEach, describe, expect, test } from 'vitest'
import { openEmbeddedRegister } from '../../../backend/access-register/embedded.ts'
import { openClaimCodes } from '../../../backend/dongles/claim-codes.ts'
import { hashOfClaimCode, newClaimCode, newIdentity } from '../../../installer/flash/identity.ts'
import { acceptTerms } from '../../../scripts/accept-terms.ts'
import { openTestBackend } from '../../support/backend.ts'
import { NOON_S } from '../../support/batches.ts'
import { type ClaimedHome, HOME_EAN, HOME_SERIAL, OPERATOR_KEY, openClaimedHome } from '../../support/claimed-home.ts'
import { manualClock, valueOrThrow } from '../../support/facts.ts'
import { anEntry } from '../../support/register-contract.ts'
import { openTestStore } from '../../support/store.ts'

const opened: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})
async function open(wish?: Parameters<typeof openClaimedHome>[0]): Promise<ClaimedHome> {
  const home = await openClaimedHome(wish)
  opened.push(home)
  return home
}

describe('a claim', () => {
  test('before the plug: waits for a telegram, and binds with the first one', async () => {
    const home = await open()
    await home.market({})
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    expect(await home.claim(anna, dongle)).toEqual({
      status: 200,
      body: { dongleId: dongle.dongleId, state: 'claimed' },
    })
    expect(await home.stateOf(dongle)).toBe('claimed (no-telegram)')
    await home.says(dongle, HOME_SERIAL)
    expect(await home.stateOf(dongle)).toBe('bound')
    await home.measures(dongle, NOON_S)
    expect(await home.sees(anna)).toHaveLength(10)
  })

  test('asks the dongle which meter it is behind as soon as readings come, and not with every batch', async () => {
    const home = await open()
    await home.market({})
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    await home.claim(anna, dongle)
    for (let i = 0; i < 5; i++) await home.measures(dongle, NOON_S + 10 * i)
    expect(home.asked).toEqual([dongle.dongleId])
    home.clock.nowS += 15
    await home.measures(dongle, NOON_S + 100)
    expect(home.asked).toHaveLength(2)
    await home.says(dongle, HOME_SERIAL)
    home.clock.nowS += 15
    await home.measures(dongle, NOON_S + 110)
    expect(home.asked).toHaveLength(2)
  })

  test('after the plug: binds at once, and what was measured meanwhile is there', async () => {
    const home = await open()
    await home.market({})
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    await home.measures(dongle, NOON_S)
    await home.says(dongle, HOME_SERIAL)
    expect(await home.sees(anna)).toEqual([])
    await home.claim(anna, dongle)
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toHaveLength(10)
  })

  test('burns the code, is written down step by step, and says the same when it is asked again', async () => {
    const home = await open()
    await home.market({})
    const [anna, bert, dongle] = [await home.person('person-A'), await home.person('person-B'), await home.fresh()]
    await home.claim(anna, dongle)
    await home.says(dongle, HOME_SERIAL)
    expect((await home.claim(bert, dongle)).body.code).toBe('claim.refused')
    expect((await home.claim(anna, dongle)).body).toEqual({ dongleId: dongle.dongleId, state: 'bound' })
    expect(await home.lifeOf(dongle)).toEqual(['registered', 'code-replaced', 'claimed no-telegram', 'bound'])
    const { items, events } = await home.own(anna)
    expect(items).toMatchObject([{ state: 'bound', reason: null, acts: ['report-lost', 'give-away', 'move'] }])
    expect(events.map(({ event, by }) => [event, by])).toEqual([
      ['bound', 'register'],
      ['claimed', 'you'],
    ])
    expect((await home.own(bert)).items).toEqual([])
  })

  test('with the meter of somebody else releases nothing, and says so', async () => {
    const home = await open()
    await home.market({}, { ean: '999999990000000111', holderId: 'person-B', meterSerial: '1SAG1100000002' })
    const [anna, bert, dongle] = [await home.person('person-A'), await home.person('person-B'), await home.fresh()]
    await home.claim(anna, dongle)
    await home.says(dongle, '1SAG1100000002')
    await home.measures(dongle, NOON_S)
    expect(await home.stateOf(dongle)).toBe('claimed (other-meter)')
    expect([await home.sees(anna), await home.sees(bert, '999999990000000111')]).toEqual([[], []])
    await home.says(dongle, HOME_SERIAL, 1) // taken over to the right cellar
    await home.measures(dongle, NOON_S + 100, { meter: 1 })
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toEqual(Array.from({ length: 10 }, (_, i) => NOON_S + 100 + i))
  })

  test('of one who holds several points binds to the one whose meter it is', async () => {
    const home = await open()
    await home.market({}, { ean: '999999990000000111', meterSerial: '1SAG1100000002' })
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    await home.claim(anna, dongle)
    await home.says(dongle, '1SAG1100000002')
    await home.measures(dongle, NOON_S)
    expect([(await home.sees(anna)).length, (await home.sees(anna, '999999990000000111')).length]).toEqual([0, 10])
  })

  test.each([
    ['nobody has said who the account is', 'holder-unknown'],
    ['the person holds no point', 'no-point'],
    ['the register does not know the meter yet', 'meter-unlisted'],
  ] as const)('while %s waits, and is bound when that is known', async (_name, reason) => {
    const home = await open()
    await home.market(
      reason === 'no-point' ? { holderId: null } : reason === 'meter-unlisted' ? { meterSerial: null } : {},
    )
    const account = await home.backend.openAccount('anna')
    await acceptTerms(home.backend, account.accessKey)
    const anna = { ...account, holderId: 'person-A' }
    if (reason !== 'holder-unknown') valueOrThrow(await home.backend.linkAccount(anna.accountId, 'person-A'))
    const dongle = await home.fresh()
    await home.claim(anna, dongle)
    await home.says(dongle, HOME_SERIAL)
    await home.measures(dongle, NOON_S)
    expect(await home.stateOf(dongle)).toBe(`claimed (${reason})`)
    expect(await home.sees(anna)).toEqual([])
    if (reason === 'holder-unknown') valueOrThrow(await home.backend.linkAccount(anna.accountId, 'person-A'))
    else await home.market({})
    await home.backend.settled()
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toHaveLength(10)
  })

  test('that came to nothing can be taken over with the code, and the first one sees it', async () => {
    const home = await open()
    await home.market({})
    const [thief, anna, dongle] = [await home.person('person-T'), await home.person('person-A'), await home.fresh()]
    await home.claim(thief, dongle)
    await home.says(dongle, HOME_SERIAL)
    expect(await home.stateOf(dongle)).toBe('claimed (no-point)')
    await home.claim(anna, dongle)
    expect((await home.onlyOf(anna)).state).toBe('bound')
    const { items, events } = await home.own(thief)
    expect(items).toEqual([])
    expect(events.map(({ event, by }) => [event, by])[0]).toEqual(['claim-taken-over', 'somebody else'])
    expect(JSON.stringify(events)).not.toContain(anna.accountId)
  })

  test('can be dropped, and the code still opens it', async () => {
    const home = await open()
    await home.market({})
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    await home.claim(anna, dongle)
    expect((await home.act(anna, dongle, 'drop-claim')).body.state).toBe('registered')
    expect((await home.own(anna)).items).toEqual([])
    expect((await home.claim(anna, dongle)).body.state).toBe('claimed')
  })
})

describe('the register is silent', () => {
  test('then a claim waits and nothing is released; it binds by itself when the register is back', async () => {
    const market = await openTestBackend({ config: { operatorKey: OPERATOR_KEY } })
    opened.push(market)
    valueOrThrow(await market.backend.importRegister([anEntry()]))
    const address = await market.listen()
    const home = await open({
      config: { register: { baseUrl: `${address}/api/v1/access-register`, key: OPERATOR_KEY } },
    })
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    const { port } = new URL(address)
    await new Promise<void>(resolve => {
      market.backend.app.server.close(() => resolve())
      market.backend.app.server.closeAllConnections()
    })
    await home.claim(anna, dongle)
    await home.says(dongle, HOME_SERIAL)
    await home.measures(dongle, NOON_S)
    await home.backend.tend()
    expect(await home.stateOf(dongle)).toBe('claimed (register-unreachable)')
    expect(await home.sees(anna)).toEqual([])
    expect(await home.lifeOf(dongle)).toEqual([
      'registered',
      'code-replaced',
      'claimed no-telegram',
      'waiting register-unreachable',
    ])
    const told = () => home.logged.filter(line => /access register/.test(String(line.msg))).map(line => line.msg)
    expect(told()).toEqual(['the access register does not answer; what was claimed waits'])

    await new Promise<void>(resolve => market.backend.app.server.listen(Number(port), '127.0.0.1', resolve))
    await home.backend.tend()
    expect(await home.stateOf(dongle)).toBe('bound')
    expect(await home.sees(anna)).toHaveLength(10)
    expect(told()).toHaveLength(2)

    market.backend.app.server.close()
    market.backend.app.server.closeAllConnections()
    await home.claim(anna, dongle) // looked at again: silence is no reason to doubt what is bound
    expect([await home.stateOf(dongle), told().length]).toEqual(['bound', 3])
    await home.says(dongle, '1SAG1100000002', 1) // but another meter waits
    expect(await home.stateOf(dongle)).toBe('suspended (register-unreachable)')
  })
})

describe('wrong codes', () => {
  test('of a dongle, a stranger, a used and a replaced one get one and the same answer', async () => {
    const home = await open()
    await home.market({})
    const [anna, bert] = [await home.person('person-A'), await home.person('person-B')]
    const [taken, relabelled, waiting] = [await home.fresh(), await home.fresh(), await home.fresh()]
    await home.claim(anna, taken)
    await home.says(taken, HOME_SERIAL)
    valueOrThrow(await home.backend.setClaimCode(relabelled.dongleId, hashOfClaimCode(newClaimCode())))
    const nobody = newIdentity().dongleId
    const answers = [
      await home.claim(bert, taken),
      await home.claim(bert, relabelled),
      await home.claim(bert, { ...waiting, claimCode: taken.claimCode }),
      await home.claim(bert, { dongleId: nobody, claimCode: newClaimCode() }),
    ].map(({ status, body }) => ({ status, body: { ...body, instance: '' } }))
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1)
    expect([answers[0]?.status, answers[0]?.body.code]).toEqual([404, 'claim.refused'])
  })

  test('cost the same work whatever is wrong: one look and one hash of the same size', async () => {
    const t = await openTestStore()
    opened.push({ stop: t.close })
    const hashed: number[] = []
    const codes = openClaimCodes(t.store, manualClock(), async (code, salt) => {
      hashed.push(code.length * 1000 + salt.length)
      return new Uint8Array(32)
    })
    const { dongleId } = await t.addDongle(1, false)
    const claim = { saltHex: '11'.repeat(16), hashHex: '00'.repeat(32) }
    valueOrThrow(await codes.replace(dongleId, claim, 'test'))
    const code = newClaimCode()
    expect(await codes.fitting(dongleId, code)).toBeDefined()
    expect(await codes.fitting(newIdentity().dongleId, code)).toBeUndefined()
    valueOrThrow(await codes.replace(dongleId, { ...claim, hashHex: '22'.repeat(32) }, 'test'))
    expect(await codes.fitting(dongleId, code)).toBeUndefined()
    expect(hashed).toEqual([13_016, 13_016, 13_016])
  })

  test('mistyped are found without a look, and are not counted', async () => {
    const home = await open()
    const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
    const wrong = dongle.claimCode.startsWith('0') ? '1' : '0'
    const typo = { ...dongle, claimCode: wrong + dongle.claimCode.slice(1) }
    for (let i = 0; i < 30; i++) expect((await home.claim(anna, typo)).body.code).toBe('claim.malformed')
    const swapped = { dongleId: dongle.claimCode, claimCode: dongle.dongleId }
    expect((await home.claim(anna, swapped)).body.code).toBe('claim.malformed')
    expect((await home.claim(anna, dongle)).status).toBe(200)
  })

  test('are throttled, many at once too; right ones are not, and time heals', async () => {
    const home = await open()
    const [anna, dongle, other] = [await home.person('person-A'), await home.fresh(), await home.fresh()]
    const guess = () => home.claim(anna, { ...other, claimCode: newClaimCode() })
    const codes = (await Promise.all(Array.from({ length: 8 }, guess))).map(answer => answer.body.code)
    expect(codes.filter(code => code === 'claim.refused')).toHaveLength(5)
    expect(codes.filter(code => code === 'claim.throttled')).toHaveLength(3)
    expect((await home.claim(anna, dongle)).status).toBe(429)
    home.clock.nowS += 60
    for (let i = 0; i < 3; i++) expect((await home.claim(anna, dongle)).status).toBe(200)
    await guess()
    expect((await guess()).status).toBe(429)
  })

  test('and other people’s dongles: acts on them find nothing', async () => {
    const home = await open()
    await home.market({})
    const [anna, bert, dongle] = [await home.person('person-A'), await home.person('person-B'), await home.fresh()]
    await home.claim(anna, dongle)
    const theirs = await home.act(bert, dongle, 'report-lost')
    const nobodys = await home.act(bert, { ...dongle, dongleId: newIdentity().dongleId }, 'report-lost')
    expect([theirs.status, theirs.body.code]).toEqual([404, 'dongle.unknown'])
    expect({ ...theirs.body, instance: '' }).toEqual({ ...nobodys.body, instance: '' })
    const key = (await home.backend.openInstaller('bench')).accessKey
    expect((await home.get('/api/v1/own/dongles', key)).body.code).toBe('role.missing')
  })

  test('two who enter the right one at once: one has it, and the steps are one after the other', async () => {
    const home = await open()
    await home.market({})
    const [anna, bert, dongle] = [await home.person('person-A'), await home.person('person-B'), await home.fresh()]
    await home.says(dongle, HOME_SERIAL)
    const both = await Promise.all([home.claim(anna, dongle), home.claim(bert, dongle)])
    await home.backend.settled()
    expect(both.some(({ status }) => status === 200)).toBe(true)
    const owners = [(await home.own(anna)).items.length, (await home.own(bert)).items.length]
    expect(owners.sort()).toEqual([0, 1])
  })
})

test('neither EAN, serial, person nor code stands in any log line', async () => {
  const home = await open()
  await home.market({})
  const [anna, dongle] = [await home.person('person-A'), await home.fresh()]
  await home.claim(anna, dongle)
  await home.says(dongle, HOME_SERIAL)
  await home.act(anna, dongle, 'give-away')
  const text = JSON.stringify(home.logged)
  for (const secret of [HOME_EAN, HOME_SERIAL, 'person-A', dongle.claimCode, dongle.dongleId]) {
    expect(text.includes(secret)).toBe(false)
  }
})

test('entries in the future, or wrong ones, change nothing of the embedded register', async () => {
  const t = await openTestStore()
  opened.push({ stop: t.close })
  const clock = manualClock()
  const register = openEmbeddedRegister(t.store, clock)
  const early = anEntry({ ean: '999999990000000111', sinceS: clock.nowS + 1 })
  expect(await register.put([anEntry(), early], 'test')).toEqual({
    ok: false,
    fault: { code: 'entries.in-the-future', lines: [2] },
  })
  expect(await register.put([anEntry(), { ...early, country: '?' }], 'test')).toMatchObject({ ok: false })
  expect(await register.all()).toEqual([])
  expect(valueOrThrow(await register.put([anEntry()], 'test'))).toEqual({ added: 1, changed: 0, unchanged: 0 })
  expect(valueOrThrow(await register.put([anEntry()], 'test'))).toEqual({ added: 0, changed: 0, unchanged: 1 })
})
