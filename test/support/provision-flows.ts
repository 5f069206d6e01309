// How a dongle's system region is made, as flows to be cut: the installer's own plan, sector by sector, as its loader writes it. A cable that
// is pulled leaves an identity whole, or none at all; the tool, run once more, makes the same dongle of it or a new one, and never half of one.

import { isDeepStrictEqual } from 'node:util'
import { identityIn, planFlash, type Stretch } from '../../installer/flash/plan.ts'
import { nextBoot } from '../../shared/session/boot-counter.ts'
import { type Identity, readConfig, readIdentity, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { createNor, type NorModel } from './nor.ts'
import { config, type FlashFlow, identity } from './order-flows.ts'

const SYSTEM_AT = 0x310000
const STORAGE_AT = 0x320000
const SLOTS_AT = [0x350000, 0x369000]
const BOOTS = 40
/** What the tool would give a chip without an identity the next time. */
const another: Identity = { ...identity, deviceKey: new Uint8Array(32).fill(99), seedPool: new Uint8Array(64).fill(1) }
const program = new Uint8Array([10])

/** What the plan says of the system region, for what is on the chip. */
function stretches(nor: NorModel, fresh: Identity): Stretch[] {
  const kept = identityIn(nor.cells)
  const bytes = SYSTEM_SECTORS.count * nor.sectorBytes
  const plan = planFlash({
    regions: [
      { name: 'system', at: SYSTEM_AT, bytes },
      { name: 'storage', at: STORAGE_AT, bytes: 0xe0000 },
    ],
    engine: [],
    bundle: program,
    version: 1,
    boot: { loader: program, updater: program, rescue: program },
    beside: [],
    slotsAt: SLOTS_AT,
    identity: kept ?? fresh,
    isIdentityKept: kept !== undefined,
    config,
    chipBytes: 0x400000,
  })
  return plan.filter(({ at }) => at >= SYSTEM_AT && at < SYSTEM_AT + bytes)
}

/** As the loader does it: what reads as planned stays, else each sector is erased and written. */
function provision(nor: NorModel, fresh: Identity): void {
  for (const { at, bytes, data } of stretches(nor, fresh)) {
    const from = at - SYSTEM_AT
    const wanted = data ?? new Uint8Array(bytes).fill(0xff)
    if (Buffer.compare(nor.cells.subarray(from, from + bytes), wanted) === 0) continue
    for (let done = 0; done < bytes; done += nor.sectorBytes) {
      nor.erase((from + done) / nor.sectorBytes)
      if (data) nor.write(from + done, data.subarray(done, done + nor.sectorBytes))
    }
  }
}

const blank = (): NorModel => createNor(SYSTEM_SECTORS.count)

/** A dongle that has started many times. */
function used(): NorModel {
  const nor = blank()
  provision(nor, identity)
  for (let i = 0; i < BOOTS; i++) nextBoot(nor, 0)
  return nor
}

/** What a chip held before somebody made a dongle of it. */
function foreign(): NorModel {
  const nor = blank()
  nor.cells.fill(0x5a)
  return nor
}

const isOneOf = (nor: NorModel, allowed: Identity[]): boolean => {
  const found = readIdentity(nor)
  return found.ok && allowed.some(one => isDeepStrictEqual({ ...one }, { ...found.value }))
}

/** Whatever the cut left, the tool makes a whole dongle of it that counts its starts. `kept`: the one it must be. */
const heals =
  (kept: Identity | undefined) =>
  (nor: NorModel): string | undefined => {
    if (kept && !isOneOf(nor, [kept])) return 'the identity that was there is gone'
    if (readIdentity(nor).ok && !isOneOf(nor, [identity, another])) return 'half an identity'
    provision(nor, another)
    if (!isOneOf(nor, kept ? [kept] : [identity, another])) return 'it cannot be made'
    const how = readConfig(nor)
    if (!how.ok || how.value.host !== config.host) return 'without a configuration'
    const boot = nextBoot(nor, 0)
    return kept && boot <= BOOTS ? `boot ${boot} came before` : undefined
  }

const flow = (name: string, prepare: () => NorModel, kept?: Identity): FlashFlow => ({
  name,
  prepare,
  run: nor => provision(nor, identity),
  recover: nor => provision(nor, another),
  complaint: heals(kept),
})

/** A changed configuration makes the tool write it, and the identity not. */
function reconfigured(): NorModel {
  const nor = used()
  nor.cells.fill(0, SYSTEM_SECTORS.config * nor.sectorBytes, (SYSTEM_SECTORS.config + 2) * nor.sectorBytes)
  return nor
}

export const PROVISION_FLOWS: FlashFlow[] = [
  flow('provision a blank chip', blank),
  flow('provision a chip of somebody else', foreign),
  flow('provision a dongle once more', reconfigured, identity),
]
