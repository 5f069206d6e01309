// A person of the access register with an account here, and dongles fresh from the bench with their labels: what a claim needs. Acts go over
// REST as the page sends them; telegrams go in as a gateway brings them.

import { hashOfClaimCode, newClaimCode, newIdentity } from '../../installer/flash/identity.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import type { Batch } from '../../shared/batch/batch.ts'
import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import type { OwnDongle, OwnDongles } from '../../shared/schema/custody.ts'
import type { ClaimHash } from '../../shared/schema/registration.ts'
import { openTestBackend, type TestBackend, type TestBackendWish } from './backend.ts'
import { aBatch, arrived, NOON_S } from './batches.ts'
import { valueOrThrow } from './facts.ts'
import { anEntry } from './register-contract.ts'

export const OPERATOR_KEY = 'operator-key-of-the-claims'
export const HOME_EAN = '999999990000000104'
export const HOME_SERIAL = '1SAG1100000001'

export interface Person {
  accountId: string
  accessKey: string
  holderId: string
}

export interface Fresh {
  dongleId: string
  claimCode: string
  deviceKey: Uint8Array
  boot: number
}

export interface ClaimedHome extends TestBackend {
  /** What the gateway was asked to cut. */
  cut: string[]
  /** Whom it was asked to ask for a status. */
  asked: string[]
  person(holderId: string): Promise<Person>
  fresh(): Promise<Fresh>
  /** The market's entries are in effect, and the platform has followed. */
  market(...entries: Partial<RegisterEntry>[]): Promise<void>
  /** The dongle says which meter it is behind. */
  says(dongle: Fresh, serial: string, meter?: number): Promise<void>
  /** Readings of the meter; answers what became of them. */
  measures(dongle: Fresh, startS: number, wish?: { meter?: number; count?: number; boot?: number }): Promise<string>
  claim(who: Person, dongle: Pick<Fresh, 'dongleId' | 'claimCode'>): Promise<{ status: number; body: Body }>
  act(who: Person, dongle: Fresh, act: string): Promise<{ status: number; body: Body }>
  operate(dongle: Fresh, act: string): Promise<{ status: number; body: Body }>
  own(who: Person): Promise<OwnDongles>
  /** The one dongle of somebody who has one. */
  onlyOf(who: Person): Promise<OwnDongle>
  /** state, or state (reason). */
  stateOf(dongle: Fresh): Promise<string>
  /** Events of a dongle for the operator, oldest first. */
  lifeOf(dongle: Fresh): Promise<string[]>
  /** Times of the readings that somebody sees at a point. */
  sees(who: Person, ean?: string): Promise<number[]>
  /** Wh of each quarter. */
  energyOf(who: Person, fromS: number, toS: number): Promise<number[]>
  /** Stretches without readings, in seconds since noon. */
  gapsOf(who: Person, fromS: number, toS: number): Promise<string[]>
  ordersOf(dongle: Fresh): Promise<string[]>
}

// biome-ignore lint/suspicious/noExplicitAny: answers of several shapes, looked at field by field
type Body = any

/** Labels of a bench: to hash a code takes as long as many a test. Each home takes them from the first on. */
const labels: { claimCode: string; hash: ClaimHash }[] = []
function labelOf(no: number): { claimCode: string; hash: ClaimHash } {
  if (labels[no] === undefined) {
    const claimCode = newClaimCode()
    labels[no] = { claimCode, hash: hashOfClaimCode(claimCode) }
  }
  return labels[no]
}

export async function openClaimedHome(wish: TestBackendWish = {}): Promise<ClaimedHome> {
  const t = await openTestBackend({
    ...wish,
    config: { operatorKey: OPERATOR_KEY, tendEveryMs: 3_600_000, ...wish.config },
  })
  let labelsTaken = 0
  const cut: string[] = []
  const asked: string[] = []
  t.backend.attachCommands({
    requestLive: () => {},
    requestStatus: dongleId => void asked.push(dongleId),
    wake: () => {},
    disconnect: (dongleId, reason) => void cut.push(`${dongleId} ${reason}`),
  })

  async function send(method: 'GET' | 'POST', url: string, key: string, payload?: object) {
    const headers = { authorization: `Bearer ${key}` }
    const answer = await t.backend.app.inject({ method, url: `/api/v1${url}`, headers, ...(payload && { payload }) })
    await t.backend.settled()
    return { status: answer.statusCode, body: answer.json() as Body }
  }

  async function readings(who: Person, ean: string, resolution: string, fromS: number, toS: number) {
    const points = (await send('GET', '/metering-points', who.accessKey)).body.items
    const point = points.find((item: { ean: string }) => item.ean === ean)
    if (point === undefined) return undefined
    const query = `resolution=${resolution}&fromS=${fromS}&toS=${toS}`
    return (await send('GET', `/metering-points/${point.id}/readings?${query}`, who.accessKey)).body
  }

  const home: ClaimedHome = {
    ...t,
    cut,
    asked,
    async person(holderId) {
      const account = await t.backend.openAccount(holderId)
      valueOrThrow(await t.backend.linkAccount(account.accountId, holderId))
      await acceptTerms(t.backend, account.accessKey)
      return { ...account, holderId }
    },
    async fresh() {
      const { dongleId, deviceKey, epoch } = newIdentity()
      const { claimCode, hash } = labelOf(labelsTaken++)
      valueOrThrow(await t.backend.registerDongle({ dongleId, deviceKey, epoch }))
      valueOrThrow(await t.backend.setClaimCode(dongleId, hash))
      return { dongleId, claimCode, deviceKey, boot: 1 }
    },
    async market(...entries) {
      valueOrThrow(await t.backend.importRegister(entries.map(entry => anEntry(entry))))
    },
    async says({ dongleId, boot }, meterSerial, meter = 0) {
      await t.backend.ingest.note({ dongleId, boot, receivedAtMs: t.clock.nowS * 1000, meter, meterSerial })
      await t.backend.settled()
    },
    async measures(dongle, startS, { meter = 0, count = 10, boot = dongle.boot } = {}) {
      const batch: Batch = { ...aBatch({ firstSeq: startS - NOON_S + 1_000_000, startS, count }), boot, meter }
      const [outcome] = await t.backend.ingest.store([arrived(dongle.dongleId, batch)])
      await t.backend.settled()
      if (outcome === undefined) throw new Error('no outcome')
      return 'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind
    },
    claim: (who, { dongleId, claimCode }) => send('POST', '/own/dongles', who.accessKey, { dongleId, claimCode }),
    act: (who, { dongleId }, act) => send('POST', `/own/dongles/${dongleId}/acts`, who.accessKey, { act }),
    operate: ({ dongleId }, act) => send('POST', `/dongles/${dongleId}/acts`, OPERATOR_KEY, { act }),
    own: async who => (await send('GET', '/own/dongles', who.accessKey)).body,
    async onlyOf(who) {
      const { items } = await home.own(who)
      if (items.length !== 1) throw new Error(`${items.length} dongles`)
      return items[0] as OwnDongle
    },
    async stateOf({ dongleId }) {
      const { state, reason } = (await send('GET', `/dongles/${dongleId}`, OPERATOR_KEY)).body
      return reason === null ? state : `${state} (${reason})`
    },
    async lifeOf({ dongleId }) {
      const { items } = (await send('GET', `/dongles/${dongleId}/events`, OPERATOR_KEY)).body
      return items
        .map((item: { event: string; reason: string | null }) =>
          item.reason === null ? item.event : `${item.event} ${item.reason}`,
        )
        .reverse()
    },
    sees: async (who, ean = HOME_EAN) =>
      (await readings(who, ean, 'raw', NOON_S - 86_400, NOON_S + 10 * 86_400))?.timeS ?? [],
    energyOf: async (who, fromS, toS) =>
      (await readings(who, HOME_EAN, '15m', fromS, toS)).columns.energyOfftakeT1Wh ?? [],
    async gapsOf(who, fromS, toS) {
      const { gaps } = await readings(who, HOME_EAN, 'raw', fromS, toS)
      return gaps.map((gap: { fromS: number; toS: number }) => `${gap.fromS - NOON_S}-${gap.toS - NOON_S}`).sort()
    },
    async ordersOf({ dongleId }) {
      const { items } = (await send('GET', `/dongles/${dongleId}/orders`, OPERATOR_KEY)).body
      return items.map((item: { name: string }) => item.name).reverse()
    },
  }
  return home
}
