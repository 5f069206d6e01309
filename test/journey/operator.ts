// The operator's and the market's part of the journey, one function each: over REST, also where there is a page
// (test/e2e/staff-pages.test.ts plays those).

import { EAN, METER_SERIAL } from './parts.ts'
import { HOLDER, type World } from './world.ts'

/** The market's register has the household's connection. */
export async function fillRegister({ parts, overRest }: World): Promise<void> {
  overRest('the access register is filled (a market system does that)')
  const sinceS = nowS() - 86_400
  const entry = { ean: EAN, holderId: HOLDER.anna, sinceS, meterSerial: METER_SERIAL }
  const items = [{ ...entry, country: 'BE', timeZone: 'Europe/Brussels' }]
  await parts.ask('PUT', '/access-register/entries', { items })
}

/** Olga has an account like everybody; the server's own key makes her an operator. */
export async function appointOperator(world: World): Promise<void> {
  const { parts, people, overRest } = world
  world.olga = await people.arrive('Olga', 'nl', false)
  await world.olga.makeAccount()
  overRest('the first operator is appointed with the server’s own key')
  await parts.ask('POST', `/people/${await world.olga.accountId()}/roles`, { role: 'operator', isGiven: true })
}

/** The help desk has made sure who somebody is. */
export async function linkHolder({ parts, overRest }: World, accountId: string, holderId: string): Promise<void> {
  overRest(`the help desk says who ${holderId.replace('person-', '')} is in the access register`)
  await parts.ask('PUT', `/accounts/${accountId}/holder`, { holderId })
}

export async function admitEsp({ olga, overRest }: World, espId: string): Promise<void> {
  overRest('the operator admits the ESP (page: /operator/#esps)')
  await olga.does('POST', `/esps/${espId}/admit`, { remark: 'papers seen' })
}

export async function reviewService({ olga, overRest }: World, serviceId: string, digest: string): Promise<void> {
  overRest('the operator reviews the service (page: /operator/#services)')
  await olga.does('POST', `/services/${serviceId}/review`, { digest, isGood: true })
}

/** Somebody else lives there, as of now. */
export async function move(world: World): Promise<void> {
  const { parts, overRest } = world
  overRest('the market says that somebody else lives there (a market system does that)')
  world.movedAtS = nowS()
  const event = { eventId: 'journey-move', ean: EAN, kind: 'move', effectiveS: world.movedAtS, issuedS: world.movedAtS }
  const { items } = await parts.ask('POST', '/access-register/market-events', {
    items: [{ ...event, holderId: HOLDER.bert }],
  })
  if (items[0].outcome !== 'applied') throw new Error(`the register answered: ${items[0].outcome}`)
}

/** Whether every dongle of the tenure that ended has confirmed its stop. */
export async function isStopConfirmed({ parts }: World): Promise<boolean> {
  const { items } = await parts.ask('GET', '/tenure-ends')
  const dongles: { isConfirmed: boolean }[] = items[0]?.dongles ?? []
  return dongles.length > 0 && dongles.every(({ isConfirmed }) => isConfirmed)
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000)
}
