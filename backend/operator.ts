// What an operator does until the claim and bind flows exist: open accounts, add metering points and dongles, bind, change the holder, erase.
// Used by start, demo and tests; each call is one sentence of the registers' language.

import type { Clock } from '../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import type { AccessFault, AccessRegister, NewMeteringPoint } from './access-register/access-register.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { DongleFault, DongleRegister, NewDongle } from './dongles/dongle-register.ts'
import type { Replayed, Store } from './store/store.ts'

const ACTOR = 'operator'

export interface Operator {
  openAccount(name: string): Promise<{ accountId: string; accessKey: string }>
  /** An account whose key registers dongles and prints labels, and opens nothing else. */
  openInstaller(name: string): Promise<{ accountId: string; accessKey: string }>
  /** An account whose key sends out updates, together with another's. */
  openOperator(name: string): Promise<{ accountId: string; accessKey: string }>
  addAccessKey(accountId: string): Promise<string | undefined>
  addMeteringPoint(point: NewMeteringPoint): Promise<Result<{ id: string; tenureNo: number }, AccessFault>>
  registerDongle(dongle: NewDongle): Promise<Result<'registered' | 'known', DongleFault>>
  /** Binds a registered dongle; readings held for it move to the metering point's tenure. */
  bindDongle(dongleId: string, ean: string): Promise<Result<{ released: number }, DongleFault | AccessFault>>
  /** Cuts a dongle off for good or until it is found; its connections are closed. */
  retireDongle(dongleId: string, as: 'lost' | 'retired'): Promise<Result<'moved', DongleFault>>
  changeHolder(ean: string, accountId: string, fromS: number): Promise<Result<{ tenureNo: number }, AccessFault>>
  /** Erases a tenure's data by erasing its key. */
  eraseTenure(tenureNo: number): Promise<void>
  /** Tries dead letters again, after a fix. */
  replayDeadLetters(): Promise<Replayed>
}

export interface OperatorRooms {
  store: Store
  accounts: Accounts
  access: AccessRegister
  dongles: DongleRegister
  clock: Clock
  disconnect(dongleId: string, reason: string): void
}

export function createOperator(rooms: OperatorRooms): Operator {
  const { store, accounts, access, dongles, clock, disconnect } = rooms
  return {
    openAccount: name => accounts.open(name),
    openInstaller: name => accounts.open(name, 'installer'),
    openOperator: name => accounts.open(name, 'operator'),
    addAccessKey: accounts.addKey,
    addMeteringPoint: access.addMeteringPoint,
    registerDongle: dongle => dongles.register(dongle, ACTOR),
    async bindDongle(dongleId, ean) {
      const pointNo = await access.meteringPointNo(ean)
      if (pointNo === undefined) return failed({ code: 'ean.unknown' })
      const moved = await dongles.move(dongleId, 'bound', ACTOR, pointNo)
      if (!moved.ok) return moved
      return ok({ released: await store.release(dongleId) })
    },
    async retireDongle(dongleId, as) {
      const moved = await dongles.move(dongleId, as, ACTOR)
      if (moved.ok) disconnect(dongleId, as)
      return moved
    },
    changeHolder: access.changeHolder,
    eraseTenure: tenureNo => store.erase(tenureNo, clock.wallS()),
    replayDeadLetters: store.replay,
  }
}
