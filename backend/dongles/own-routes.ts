// REST for a grid user's dongles: claim one, see what became of it and why, do what its state allows. Somebody else's dongle and one that
// there is not get the same answer; a wrong code says no more than that it is wrong.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { isClaimCode } from '../../shared/kernel/claim-code.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { ActDoneSchema, ClaimSchema, OWN_ACTS, OwnActSchema, OwnDonglesSchema } from '../../shared/schema/custody.ts'
import { createThrottle } from '../accounts/throttle.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import type { Custody } from './custody.ts'
import { OWN_EVENTS } from './custody.ts'
import { eventsFor } from './dongle-events.ts'
import { step } from './lifecycle.ts'

export interface OwnDongleRooms {
  store: Store
  custody: Custody
  clock: Clock
}

const EVENTS_MAX = 100
/**
 * Wrong codes of one account: five at once, then one a minute. A throttle per dongle would let anybody who has read an id lock its owner out, one
 * per address everybody behind the same proxy.
 */
export const CLAIM_TRIES_MAX = 5
export const CLAIM_REFILL_MS = 60_000

export function ownDongleRoutes({ store, custody, clock }: OwnDongleRooms): FastifyPluginCallbackTypebox {
  const throttle = createThrottle(CLAIM_TRIES_MAX, CLAIM_REFILL_MS)
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }, { cookie: [] }]
  const common = { tags: ['own dongles'], security }
  const answers = problemAnswers('access.missing', 'access.throttled', 'role.missing', 'store.unavailable')

  return (app, _options, done) => {
    app.get(
      '/own/dongles',
      {
        config: { access: 'own-dongles.see' },
        schema: {
          ...common,
          summary: 'The account’s dongles, and what happened to them',
          response: { 200: OwnDonglesSchema, ...answers },
        },
      },
      async ({ accountNo: no, accountId: id }) => ({
        items: await donglesOf(no),
        events: await eventsFor(store.registers, { no, id }, EVENTS_MAX),
      }),
    )

    app.post(
      '/own/dongles',
      {
        config: { access: 'own-dongles.claim' },
        schema: {
          ...common,
          summary: 'Claims a dongle with the code on its label',
          description:
            'Binds it as soon as its meter is the one that the access register has for this person; until then nothing is released. ' +
            'Again with the same words: the same answer.',
          body: ClaimSchema,
          response: {
            200: ActDoneSchema,
            ...problemAnswers('request.invalid', 'claim.malformed', 'claim.refused'),
            ...answers,
            ...problemAnswers('access.throttled', 'claim.throttled'),
          },
        },
      },
      async ({ body, accountNo, accountId }) => {
        const { dongleId, claimCode } = body
        // Caught before anything is looked up, and not counted: it is a typing error, not a guess.
        if (!isDongleId(dongleId)) throw new Problem('claim.malformed', 'The dongle id is mistyped.')
        if (!isClaimCode(claimCode)) throw new Problem('claim.malformed', 'The claim code is mistyped.')
        const nowMs = clock.monotonicMs()
        if (!throttle.mayTry(accountId, nowMs)) throw new Problem('claim.throttled')
        // Counted before the answer is known: many at once are many tries.
        throttle.failed(accountId, nowMs)
        const claimed = await custody.claim(dongleId, claimCode, { no: accountNo, id: accountId })
        if (!claimed.ok) throw new Problem('claim.refused')
        throttle.forgiven(accountId, nowMs)
        return { dongleId, ...claimed.value }
      },
    )

    app.post(
      '/own/dongles/:id/acts',
      {
        config: { access: 'own-dongles.act' },
        schema: {
          ...common,
          summary: 'What its owner does with it',
          description:
            'report-lost cuts it off at once; found takes that back. give-away wipes it and answers with the claim code for its next owner, ' +
            'which is not kept. move stops it until it is behind a meter of another point of the same person; stay takes that back. ' +
            'drop-claim gives up a claim that has come to nothing.',
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          body: OwnActSchema,
          response: {
            200: ActDoneSchema,
            ...problemAnswers('request.invalid'),
            ...answers,
            ...problemAnswers('dongle.unknown'),
            ...problemAnswers('dongle.wrong-state'),
          },
        },
      },
      async ({ params, body, accountNo, accountId }) => {
        const acted = await custody.act(params.id, body.act, { no: accountNo, id: accountId })
        if (!acted.ok) throw new Problem(acted.fault.code)
        return { dongleId: params.id, ...acted.value }
      },
    )
    done()
  }

  async function donglesOf(accountNo: number) {
    const rows = await store.registers
      .selectFrom('dongle')
      .leftJoin('meteringPoint', 'meteringPoint.no', 'dongle.meteringPointNo')
      .select(['dongle.id as dongleId', 'state', 'reason', 'sinceS', 'meteringPoint.id as meteringPointId'])
      .where('accountNo', '=', accountNo)
      .orderBy('claimedAtS')
      .execute()
    return rows.map(row => ({
      ...row,
      acts: OWN_ACTS.filter(act => step(row, { event: OWN_EVENTS[act] }, true).ok),
    }))
  }
}
