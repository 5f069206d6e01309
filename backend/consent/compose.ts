// The rooms of consent and the catalogue put together over the store. Composition only.

import { openEsps } from '../catalogue/esps.ts'
import { openServices } from '../catalogue/services.ts'
import type { Store } from '../store/store.ts'
import { openOwnTenures } from '../tenures/own.ts'
import { DEFAULT_TERMS } from './default-terms.ts'
import { openPermissionRegister } from './open-register.ts'
import { openReceipts } from './receipt.ts'
import { openTerms } from './terms.ts'

/** `isGuest`: somebody else runs on the same data and has made what is made once. `broken` is told what a listener threw. */
export async function openConsent(
  store: Store,
  nowMs: () => number,
  platformUrl: string,
  isGuest: boolean,
  broken: (error: unknown) => void,
) {
  const terms = openTerms(store, nowMs)
  if (!isGuest && (await terms.newest()) === undefined) await terms.publish(DEFAULT_TERMS, 'platform')
  const receipts = await openReceipts(store, platformUrl)
  const permissions = await openPermissionRegister({ store, terms, receipts, nowMs, broken })
  return {
    terms,
    receipts,
    permissions,
    esps: openEsps(store, permissions, nowMs),
    services: openServices(store, permissions, nowMs),
    ownTenures: openOwnTenures(store, terms, nowMs),
  }
}
