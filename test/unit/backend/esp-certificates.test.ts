// What a token of an ESP is bound to, by its register of certificates and the clock; the proofs on sockets are in test/contract/delivery.test.ts.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { readProxies } from '../../../backend/access/shown-certificate.ts'
import { openEspCertificates } from '../../../backend/esps/certificates.ts'
import { NOON_S } from '../../support/batches.ts'
import { manualClock, valueOrThrow } from '../../support/facts.ts'
import { selfSignedCertificate } from '../../support/self-signed-certificate.ts'
import { openTestStore, type TestStore } from '../../support/store.ts'

let t: TestStore
beforeAll(async () => {
  t = await openTestStore()
})
afterAll(() => t.close())

test('a certificate that has run out goes on being wanted, and opens nothing, until it is revoked', async () => {
  const { accountId } = await t.accounts.open('manager')
  const by = { accountNo: (await t.accounts.noOf(accountId)) as number, actor: 'esp-manager acc_test' }
  const clock = manualClock()
  const certificates = openEspCertificates(t.store, clock)
  const { cert } = selfSignedCertificate('machine', new Date((NOON_S + 7200) * 1000))
  expect(await certificates.bindingOf('esp_a', undefined)).toEqual({ ok: true, value: undefined })
  const { thumbprint, untilS } = valueOrThrow(await certificates.add('esp_a', cert, by))
  expect(untilS).toBe(NOON_S + 7200)
  const codeOf = async (shown?: string) => {
    const binding = await certificates.bindingOf('esp_a', shown)
    return binding.ok ? binding.value : binding.fault.code
  }
  expect([await codeOf(), await codeOf(thumbprint)]).toEqual(['certificate.missing', thumbprint])
  clock.nowS = untilS + 1
  expect([await codeOf(), await codeOf(thumbprint)]).toEqual(['certificate.missing', 'certificate.expired'])
  expect(await certificates.bindingOf('esp_b', thumbprint)).toEqual({ ok: true, value: undefined })
  expect((await certificates.add('esp_b', cert, by)).ok, 'one that has run out is not taken').toBe(false)
  valueOrThrow(await certificates.revoke('esp_a', thumbprint, by))
  expect(await codeOf()).toBeUndefined()
})

test('ten that hold are the most', async () => {
  const { accountId } = await t.accounts.open('another')
  const by = { accountNo: (await t.accounts.noOf(accountId)) as number, actor: 'esp-manager acc_test' }
  const certificates = openEspCertificates(t.store, manualClock())
  const times = { fromS: 0, untilS: 4e9, createdAtS: NOON_S, revokedAtS: null }
  const rows = Array.from({ length: 10 }, (_, i) => ({ espId: 'esp_ten', thumbprint: `thumbprint ${i}`, ...times }))
  await t.store.registers.insertInto('espCertificate').values(rows).execute()
  const added = await certificates.add('esp_ten', selfSignedCertificate('eleventh').cert, by)
  expect(added).toEqual({ ok: false, fault: { code: 'esp-certificate.too-many' } })
})

test('proxies are addresses and networks; what is something else is no list', () => {
  const list = readProxies('127.0.0.1, 10.0.0.0/8,fd00::/8')
  const among = (address: string, family: 'ipv4' | 'ipv6' = 'ipv4') => list?.check(address, family)
  expect([among('127.0.0.1'), among('127.0.0.2'), among('10.9.9.9'), among('fd12::1', 'ipv6')]).toEqual([
    true,
    false,
    true,
    true,
  ])
  for (const wrong of ['', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '127.0.0.1,', '10.0.0.0/x'])
    expect(readProxies(wrong)).toBeUndefined()
})
