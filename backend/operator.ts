// What an operator does in the process itself: open accounts, say what the access register has, answer for a dongle without a claim, erase.
// Used by start, demo and tests; each call is one sentence of the registers' language.

import type { Clock } from '../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import type { Role } from '../shared/schema/access.ts'
import type { Imported } from '../shared/schema/access-register.ts'
import type { EspKey, PublicJwk } from '../shared/schema/people.ts'
import type { ClaimHash } from '../shared/schema/registration.ts'
import type { EmbeddedRegister, ImportFault } from './access-register/embedded.ts'
import type { Accounts, LinkFault } from './accounts/accounts.ts'
import type { ClaimCodeFault, ClaimCodes } from './dongles/claim-codes.ts'
import type { ActFault, ClaimFault, Custody, Done } from './dongles/custody.ts'
import type { DongleFault, DongleRegister, NewDongle } from './dongles/dongle-register.ts'
import type { EspKeys, KeyFault } from './esps/keys.ts'
import type { Replayed, Store } from './store/store.ts'
import type { NewMeteringPoint, TenureFault, Tenures } from './tenures/tenures.ts'

const ACTOR = 'operator'

export interface Operator {
  openAccount(name: string): Promise<{ accountId: string; accessKey: string }>
  /** Says who an account's person is in the access register. */
  linkAccount(accountId: string, holderId: string): Promise<Result<'linked', LinkFault>>
  /** Takes entries into the embedded access register, all or none, and follows them. */
  importRegister(entries: readonly unknown[]): Promise<Result<Imported, ImportFault | { code: 'register.elsewhere' }>>
  /** One round of what is done again and again: follow the register, look at what waits, retire what was replaced. */
  tend(): Promise<void>
  /** An account whose key registers dongles and prints labels, and opens nothing else. */
  openInstaller(name: string): Promise<{ accountId: string; accessKey: string }>
  /** An account whose key sends out updates, together with another's. */
  openOperator(name: string): Promise<{ accountId: string; accessKey: string }>
  /** An account of any first role, such as auditor, or esp-manager: who applies as an ESP and keeps its services. */
  openAs(name: string, role: Role): Promise<{ accountId: string; accessKey: string }>
  addAccessKey(accountId: string): Promise<string | undefined>
  addMeteringPoint(point: NewMeteringPoint): Promise<Result<{ id: string; tenureNo: number }, TenureFault>>
  registerDongle(dongle: NewDongle): Promise<Result<'registered' | 'known', DongleFault>>
  /** Gives a dongle's claim code; the label has it, the backend a hash. */
  setClaimCode(dongleId: string, claim: ClaimHash): Promise<Result<'replaced' | 'owned', ClaimCodeFault>>
  /** Claims for an account, as its person does on the page. */
  claimDongle(dongleId: string, claimCode: string, accountId: string): Promise<Result<Done, ClaimFault>>
  /** A public key (JWK, P-256) of an ESP's machine; `accountId`: who looks after the ESP. */
  addEspKey(
    espId: string,
    accountId: string,
    jwk: object,
  ): Promise<Result<EspKey, KeyFault | { code: 'account.unknown' }>>
  /** Binds a registered dongle, and answers for it: no meter is compared. Readings held for it move to the metering point's tenure. */
  bindDongle(dongleId: string, ean: string): Promise<Result<{ released: number }, DongleFault | TenureFault>>
  /** Cuts a dongle off for good or until it is found; its connections are closed. */
  retireDongle(dongleId: string, as: 'lost' | 'retired'): Promise<Result<Done, ActFault>>
  changeHolder(ean: string, accountId: string, fromS: number): Promise<Result<{ tenureNo: number }, TenureFault>>
  /** Erases a tenure's data by erasing its key. */
  eraseTenure(tenureNo: number): Promise<void>
  /** Tries dead letters again, after a fix. */
  replayDeadLetters(): Promise<Replayed>
}

export interface OperatorRooms {
  store: Store
  accounts: Accounts
  tenures: Tenures
  dongles: DongleRegister
  custody: Custody
  claimCodes: ClaimCodes
  embedded: EmbeddedRegister | undefined
  espKeys: EspKeys
  link(accountId: string, holderId: string, actor?: string): Promise<Result<'linked', LinkFault>>
  tend(): Promise<void>
  tenureEnded(tenureNo: number, meteringPointNo: number): Promise<void>
  clock: Clock
}

export function createOperator(rooms: OperatorRooms): Operator {
  const { store, accounts, tenures, dongles, custody, embedded, clock } = rooms
  return {
    openAccount: name => accounts.open(name),
    openInstaller: name => accounts.open(name, 'installer'),
    openOperator: name => accounts.open(name, 'operator'),
    async addEspKey(espId, accountId, jwk) {
      const accountNo = await accounts.noOf(accountId)
      return accountNo === undefined
        ? failed({ code: 'account.unknown' })
        : rooms.espKeys.add(espId, jwk as PublicJwk, { accountNo, actor: ACTOR })
    },
    openAs: (name, role) => accounts.open(name, role),
    linkAccount: rooms.link,
    addAccessKey: accounts.addKey,
    async importRegister(entries) {
      if (embedded === undefined) return failed({ code: 'register.elsewhere' })
      const imported = await embedded.put(entries, ACTOR)
      if (imported.ok) await rooms.tend()
      return imported
    },
    tend: rooms.tend,
    addMeteringPoint: tenures.addMeteringPoint,
    registerDongle: dongle => dongles.register(dongle, ACTOR),
    setClaimCode: (dongleId, claim) => rooms.claimCodes.replace(dongleId, claim, ACTOR),
    async claimDongle(dongleId, claimCode, accountId) {
      const no = await accounts.noOf(accountId)
      return no === undefined
        ? failed({ code: 'claim.refused' })
        : custody.claim(dongleId, claimCode, { no, id: accountId })
    },
    async bindDongle(dongleId, ean) {
      const pointNo = await tenures.meteringPointNo(ean)
      if (pointNo === undefined) return failed({ code: 'ean.unknown' })
      const bound = await dongles.vouch(dongleId, ACTOR, pointNo)
      return bound.ok ? ok({ released: await store.release(dongleId) }) : bound
    },
    retireDongle: (dongleId, as) => custody.operate(dongleId, as === 'lost' ? 'report-lost' : 'retire'),
    async changeHolder(ean, accountId, fromS) {
      const changed = await tenures.changeHolder(ean, accountId, fromS)
      if (!changed.ok) return changed
      const { meteringPointNo, endedNo, tenureNo } = changed.value
      if (endedNo !== undefined) await rooms.tenureEnded(endedNo, meteringPointNo)
      return ok({ tenureNo })
    },
    eraseTenure: tenureNo => store.erase(tenureNo, clock.wallS(), 'operator'),
    replayDeadLetters: store.replay,
  }
}
