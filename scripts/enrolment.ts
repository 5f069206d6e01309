// What ties a dongle to a household without a bench: makes an identity on the host (all chance from node's CSPRNG), registers it, and has it
// claimed (demo) or answers for it (enrol). The device key goes into the identity file only.

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { readBackendConfig } from '../backend/config.ts'
import { type Backend, openBackend } from '../backend/main.ts'
import { hashOfClaimCode, newClaimCode, newIdentity } from '../installer/flash/identity.ts'
import { dongleIdFrom } from '../shared/kernel/ids.ts'
import type { Identity } from '../shared/session/system-page.ts'
import { systemClock } from './platform.ts'

export interface NewHousehold {
  ean: string
  name: string
  /** Account that holds the metering point. */
  accountId: string
  /** Readings from then on are theirs, epoch seconds. */
  sinceS: number
  identityFile: string
}

const SENTENCES: { [code: string]: string } = {
  'ean.malformed': 'An EAN has 18 digits (ean.malformed).',
  'ean.known': 'There is a metering point with this EAN already (ean.known).',
  'account.unknown':
    'There is no such account: npm run add-account makes one and says which, and npm start printed its first (account.unknown).',
}

/** Registers a fresh dongle for a new metering point, binds the two and writes the identity file (readable by its owner only). */
export async function enrolHousehold(backend: Backend, household: NewHousehold): Promise<{ dongleId: string }> {
  const { ean, name, accountId, sinceS } = household
  const deviceKey = randomBytes(32)
  const dongleId = dongleIdFrom(randomBytes(12))
  const point = await backend.addMeteringPoint({ ean, name, accountId, sinceS })
  if (!point.ok) throw new Error(SENTENCES[point.fault.code] ?? point.fault.code)
  const registered = await backend.registerDongle({ dongleId, deviceKey, epoch: 1 })
  if (!registered.ok) throw new Error(`The dongle was not registered: ${registered.fault.code}`)
  const bound = await backend.bindDongle(dongleId, ean)
  if (!bound.ok) throw new Error(`The dongle was not bound: ${bound.fault.code}`)
  writeIdentity(household.identityFile, { dongleId, deviceKey, epoch: 1, seedPool: randomBytes(64) })
  return { dongleId }
}

export interface ClaimedHousehold {
  ean: string
  meterSerial: string
  identityFile: string
}

/**
 * Households the whole way: the embedded access register has them, each gets a fresh dongle with a claim code, and the account's person claims it.
 * Each is bound when its dongle has heard the meter of this serial.
 */
export async function claimHouseholds(
  backend: Backend,
  person: { accountId: string; holderId: string; sinceS: number },
  households: readonly ClaimedHousehold[],
): Promise<void> {
  const { accountId, holderId, sinceS } = person
  const market = { holderId, sinceS, country: 'BE', timeZone: 'Europe/Brussels' }
  const imported = await backend.importRegister(
    households.map(({ ean, meterSerial }) => ({ ...market, ean, meterSerial })),
  )
  if (!imported.ok) throw new Error(`The access register did not take the households: ${imported.fault.code}`)
  const linked = await backend.linkAccount(accountId, holderId)
  if (!linked.ok) throw new Error(`The account was not linked: ${linked.fault.code}`)
  for (const { identityFile } of households) {
    const identity = newIdentity()
    const claimCode = newClaimCode()
    const { dongleId, deviceKey, epoch, seedPool } = identity
    const registered = await backend.registerDongle(identity)
    if (!registered.ok) throw new Error(`The dongle was not registered: ${registered.fault.code}`)
    await backend.setClaimCode(dongleId, hashOfClaimCode(claimCode))
    const claimed = await backend.claimDongle(dongleId, claimCode, accountId)
    if (!claimed.ok) throw new Error(`The dongle was not claimed: ${claimed.fault.code}`)
    writeIdentity(identityFile, { dongleId, deviceKey, epoch, seedPool })
  }
}

function writeIdentity(
  file: string,
  { dongleId, deviceKey, epoch, seedPool }: Pick<Identity, 'dongleId' | 'deviceKey' | 'epoch' | 'seedPool'>,
): void {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const identity = { dongleId, deviceKeyHex: hex(deviceKey), epoch, seedPoolHex: hex(seedPool) }
  writeFileSync(file, `${JSON.stringify(identity)}\n`, { mode: 0o600 })
}

/** Opens the registers of a data directory for the length of `work`. */
export async function withBackend<T>(
  environment: NodeJS.ProcessEnv,
  work: (backend: Backend) => Promise<T>,
): Promise<T> {
  const config = readBackendConfig(environment)
  if (!config.ok) throw new Error(config.fault.map(fault => fault.sentence).join('\n'))
  const log = pino({ level: 'silent' })
  const registry = new Registry()
  const backend = await openBackend({ config: config.value, log, registry, clock: systemClock, isGuest: true })
  try {
    return await work(backend)
  } finally {
    await backend.stop()
  }
}
