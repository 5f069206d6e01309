// The rooms of consent and the catalogue put together over the store. Composition only.

import type { Clock } from '../../shared/kernel/clock.ts'
import { openRoles } from '../accounts/roles.ts'
import { openEsps } from '../catalogue/esps.ts'
import { openServices } from '../catalogue/services.ts'
import type { Talk } from '../siblings/talk.ts'
import type { Store } from '../store/store.ts'
import { openOwnTenures } from '../tenures/own.ts'
import { wallMsOf } from '../wall-clock.ts'
import { DEFAULT_TERMS, EARLIER_TERMS } from './default-terms.ts'
import { openPermissionRegister } from './open-register.ts'
import { openReceipts } from './receipt.ts'
import { openTerms } from './terms.ts'

export interface ConsentSetup {
  store: Store
  talk: Pick<Talk, 'tell' | 'tellAll' | 'hear' | 'onMissed'>
  clock: Clock
  /** Where customers find the platform; '' if nobody has said. */
  platformUrl: string
  /** Told what a listener threw, and what stands in the database that cannot. */
  broken(error: unknown): void
}

export async function openConsent({ store, talk, clock, platformUrl, broken }: ConsentSetup) {
  const nowMs = () => wallMsOf(clock)
  const terms = openTerms(store, nowMs)
  await terms.begin(DEFAULT_TERMS, EARLIER_TERMS, 'platform')
  const receipts = await openReceipts(store, platformUrl)
  const permissions = await openPermissionRegister({ store, talk, terms, receipts, nowMs, broken })
  return {
    ...{ nowMs, terms, receipts, permissions },
    esps: openEsps(store, permissions, openRoles(store, clock), nowMs),
    services: openServices(store, permissions, nowMs),
    ownTenures: openOwnTenures(store, terms, nowMs),
  }
}
