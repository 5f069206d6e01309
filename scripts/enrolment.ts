// What ties a dongle to a household until the installer's own flow exists: makes an identity on the host (all chance from node's
// CSPRNG), registers it, and binds it to a metering point of an account. The device key goes into the identity file only.

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { readBackendConfig } from '../backend/config.ts'
import { type Backend, openBackend } from '../backend/main.ts'
import { dongleIdFrom } from '../shared/kernel/ids.ts'
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
  'account.unknown': 'There is no such account; the first start printed the first one (account.unknown).',
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
  const identity = {
    dongleId,
    deviceKeyHex: deviceKey.toString('hex'),
    epoch: 1,
    seedPoolHex: randomBytes(64).toString('hex'),
  }
  writeFileSync(household.identityFile, `${JSON.stringify(identity)}\n`, { mode: 0o600 })
  return { dongleId }
}

/** Opens the registers of a data directory for the length of `work`. */
export async function withBackend<T>(
  environment: NodeJS.ProcessEnv,
  work: (backend: Backend) => Promise<T>,
): Promise<T> {
  const config = readBackendConfig(environment)
  if (!config.ok) throw new Error(config.fault.map(fault => fault.message).join('\n'))
  const log = pino({ level: 'silent' })
  const registry = new Registry()
  const backend = await openBackend({ config: config.value, log, registry, clock: systemClock, isGuest: true })
  try {
    return await work(backend)
  } finally {
    await backend.stop()
  }
}
