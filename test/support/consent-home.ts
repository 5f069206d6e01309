// A claimed home whose holder is the household of a consent world: its dongle has sent ten readings, and somebody else has an account too.

import type { TestBackendWish } from './backend.ts'
import { NOON_S } from './batches.ts'
import { type ClaimedHome, type Fresh, HOME_SERIAL, openClaimedHome, type Person } from './claimed-home.ts'
import { type ConsentWorld, consentWorldOn } from './consent-world.ts'

export interface ConsentHome {
  home: ClaimedHome
  w: ConsentWorld
  /** Holds the point. */
  anna: Person
  bert: Person
  dongle: Fresh
}

export async function openConsentHome(wish: TestBackendWish = {}): Promise<ConsentHome> {
  const home = await openClaimedHome(wish)
  home.clock.nowS = NOON_S + 10
  const anna = await home.person('person-A')
  const bert = await home.person('person-B')
  await home.market({ sinceS: NOON_S - 86_400 })
  const dongle = await home.fresh()
  await home.claim(anna, dongle)
  await home.says(dongle, HOME_SERIAL)
  await home.measures(dongle, NOON_S)
  const [point] = (await home.get('/api/v1/metering-points', anna.accessKey)).body.items
  const w = await consentWorldOn({ ...home, accountId: anna.accountId, accessKey: anna.accessKey, pointId: point.id })
  return { home, w, anna, bert, dongle }
}
