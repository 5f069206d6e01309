// The rooms around a dongle put together: register, orders, claim codes, custody, the access register and who follows it, and the rounds in
// which all of it is looked at again. Composition only; each rule is in the file that has its name.

import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { ok, type Result } from '../../shared/kernel/result.ts'
import type { CloneSign } from '../../shared/port/dongle-directory.ts'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import type { AccessRegister, RegisterFault } from '../access-register/access-register.ts'
import { openFollower } from '../access-register/follower.ts'
import type { Accounts, LinkFault } from '../accounts/accounts.ts'
import type { Store } from '../store/store.ts'
import type { Tenures } from '../tenures/tenures.ts'
import { type ClaimCodes, openClaimCodes } from './claim-codes.ts'
import { type Custody, openCustody } from './custody.ts'
import type { DongleRegister } from './dongle-register.ts'
import { openExaminer } from './examiner.ts'
import type { Orders } from './order-book.ts'
import { replacedDongles } from './replacement.ts'

export interface CareSetup {
  store: Store
  clock: Clock
  log: FastifyBaseLogger
  dongles: DongleRegister
  orders: Orders
  tenures: Tenures
  accounts: Accounts
  register: AccessRegister
  disconnect(dongleId: string, reason: string): void
  requestStatus(dongleId: string): void
  /** Whoever watches this tenure's readings no longer may. */
  endStreams(tenureNo: number): void
}

export interface Care {
  custody: Custody
  claimCodes: ClaimCodes
  /** `actor`: who says so, for the audit; without one the platform's own operator. */
  link(accountId: string, holderId: string, actor?: string): Promise<Result<'linked', LinkFault>>
  tenureEnded(tenureNo: number, meteringPointNo: number): Promise<void>
  /** A status was written down: if it names another meter, that is looked into. */
  heard(status: DongleStatus): Promise<void>
  suspect(dongleId: string, sign: CloneSign): Promise<void>
  /** Readings came that are nobody's yet: asks the dongle which meter it is behind, instead of waiting for its next status. */
  wonder(dongleId: string): void
  /** One round; resolves when all that it began is done. */
  tend(): Promise<void>
  /** Resolves when no dongle is being looked at. */
  idle(): Promise<void>
}

/** What a dongle must be told is still true when it comes after a long winter. */
const ORDER_EXPIRES_S = 400 * 86_400

/** A dongle that stays nobody's is not asked with every batch. */
const WONDER_EVERY_MS = 15_000
const WONDERED_MAX = 10_000

export function openCare(setup: CareSetup): Care {
  const { store, clock, log, dongles, orders, tenures, accounts, register } = setup
  let isSilent = false
  const wonderedMs = new Map<string, number>()
  const claimCodes = openClaimCodes(store, clock)
  const custody = openCustody(store, clock, claimCodes, {
    async order(dongleId, name) {
      // Refused only while a rotation is under way, and then there is nothing to ask for.
      await orders.ask(dongleId, { name }, 'system', clock.wallS() + ORDER_EXPIRES_S)
    },
    cut: setup.disconnect,
    examine: dongleId => examiner.examine(dongleId),
  })
  const examiner = openExaminer({
    store,
    register,
    tenures,
    accounts,
    custody,
    tenureEnded,
    registerTold,
    failed: error => log.error({ error: (error as Error).message }, 'a dongle could not be looked at'),
  })
  const follower = openFollower({ store, register, tenures, tenureEnded, holderTouched })

  const { heard, idle } = examiner
  return { custody, claimCodes, link, tenureEnded, heard, suspect, wonder, tend, idle }

  /** One line when it stops answering, and one when it is back. */
  function registerTold(fault: RegisterFault | undefined): void {
    if ((fault !== undefined) === isSilent) return
    isSilent = fault !== undefined
    if (fault === undefined) log.info('the access register answers again')
    else log.warn({ why: fault.why }, 'the access register does not answer; what was claimed waits')
  }

  async function tenureEnded(tenureNo: number, meteringPointNo: number): Promise<void> {
    setup.endStreams(tenureNo)
    await custody.leaveForeign(meteringPointNo)
  }

  async function holderTouched(holderId: string): Promise<void> {
    const accountNo = await accounts.noOfHolder(holderId)
    if (accountNo === undefined) return
    for (const dongleId of await dongles.idsOf(accountNo)) examiner.examine(dongleId)
  }

  async function link(accountId: string, holderId: string, actor?: string): Promise<Result<'linked', LinkFault>> {
    const linked = await accounts.link(accountId, holderId, actor)
    if (!linked.ok) return linked
    await store.siblings.inTurn(() => follower.followHolder(holderId)) // a register that is silent now is asked again when a dongle is looked at
    return ok('linked')
  }

  async function suspect(dongleId: string, sign: CloneSign): Promise<void> {
    await dongles.suspect(dongleId, sign)
    await custody.suspect(dongleId, sign)
  }

  function wonder(dongleId: string): void {
    const nowMs = clock.monotonicMs()
    if (nowMs - (wonderedMs.get(dongleId) ?? Number.NEGATIVE_INFINITY) < WONDER_EVERY_MS) return
    wonderedMs.delete(dongleId)
    wonderedMs.set(dongleId, nowMs)
    if (wonderedMs.size > WONDERED_MAX) wonderedMs.delete(wonderedMs.keys().next().value as string)
    setup.requestStatus(dongleId)
  }

  /** One after the other over all programs on the database: of two that follow the register an old change could come behind a newer one. */
  function tend(): Promise<void> {
    return store.siblings.inTurn(tendInTurn)
  }

  async function tendInTurn(): Promise<void> {
    await custody.fulfil()
    registerTold(await follower.follow())
    await custody.leaveForeign()
    await examiner.retry()
    for (const dongleId of await replacedDongles(store)) {
      await custody.happen(dongleId, { event: 'replaced' }, 'system')
    }
    await examiner.idle()
  }
}
