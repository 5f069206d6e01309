// The operator's part of the journey, at staff's pages; and what no person does there: the market's system, and the server's own key.

import { STAFF } from '../../backend/portal/operator/text/languages.ts'
import { plain } from '../support/browser.ts'
import { EAN, METER_SERIAL, until } from './parts.ts'
import { answersYes, type Person } from './people.ts'
import { HOLDER, type World } from './world.ts'

const sayOf = ({ language }: Person) => STAFF[language]

/** The market's register has the household's connection. */
export async function fillRegister({ parts, overRest }: World): Promise<void> {
  overRest('the access register is filled (a market system does that)')
  const entry = { ean: EAN, holderId: HOLDER.anna, sinceS: nowS() - 86_400, meterSerial: METER_SERIAL }
  const items = [{ ...entry, country: 'BE', timeZone: 'Europe/Brussels' }]
  await parts.ask('PUT', '/access-register/entries', { items })
}

/** Olga has an account like everybody; the server's own key makes her an operator. */
export async function appointOperator(world: World): Promise<void> {
  const { parts, people, overRest } = world
  world.olga = await people.arrive('Olga', 'en', { at: 'operator/', isPhone: false })
  const { olga } = world
  await olga.makeAccount()
  await olga.sees(sayOf(olga).noRole)
  overRest('the first operator is appointed with the server’s own key')
  await parts.ask('POST', `/people/${await olga.accountId()}/roles`, { role: 'operator', isGiven: true })
  await olga.page.reload()
  await olga.sees(sayOf(olga).sections.esps, 'h1')
}

/** Who somebody is in the access register, once that is sure; they have said the number of their account. */
export async function linkHolder({ olga, people }: World, name: string, accountId: string, holder: string) {
  const say = sayOf(olga)
  const { page } = olga
  await olga.go('people')
  await answersYes(olga, async () => {
    await page.getByLabel(say.search).fill(accountId)
    await until(async () => (await page.locator('article').count()) === 1, `${name} found`)
    await page.getByText(say.manage).click()
    await page.getByLabel(say.holderId).fill(holder)
    await page.getByRole('button', { name: say.link, exact: true }).click()
    await olga.sees(say.linkAsk(name, holder), '.ask')
    await people.picture(olga, `staff-who-is-${name.toLowerCase()}`)
  })
  await olga.sees(say.isLinkedNow(name), '.told')
}

export async function admitEsp({ olga, people }: World, name: string): Promise<void> {
  const say = sayOf(olga)
  await olga.go('esps')
  await answersYes(olga, async () => {
    await olga.page.getByRole('button', { name: `${say.admit}: ${name}` }).click()
    await olga.page.getByLabel(say.remark).fill('Papers seen.')
    await people.picture(olga, 'staff-admits')
  })
  await olga.sees(say.decided(name, say.espStates.admitted), '.told')
}

export async function reviewService({ olga, people }: World, name: string): Promise<void> {
  const say = sayOf(olga)
  await olga.go('services')
  await answersYes(olga, async () => {
    await olga.page.getByRole('button', { name: `${say.look}: ${name}` }).click()
    await olga.page.getByRole('button', { name: `${say.approve}: ${name}` }).click()
    await people.picture(olga, 'staff-reviews')
  })
  await olga.sees(say.approved(name), '.told')
}

/** Somebody else lives there, as of now: what the market wrote is entered at the page of the register. */
export async function move(world: World): Promise<void> {
  const { olga, people } = world
  const { page } = olga
  const say = sayOf(olga)
  await olga.go('register')
  await answersYes(olga, async () => {
    world.movedAtS = nowS()
    await page.getByText(say.tellTitle).first().click()
    await page.getByLabel(say.tellKind).selectOption('move')
    await page.getByLabel(say.eventId).fill('letter-217')
    await page.getByLabel(say.tellEan).fill(EAN)
    await page.getByLabel(say.tellHolder).fill(HOLDER.bert)
    await page.getByLabel(say.tellEffective).fill(localTime(world.movedAtS))
    await page.getByRole('button', { name: say.tell, exact: true }).click()
    await olga.sees(say.marketKinds.move, '.ask')
    await people.picture(olga, 'staff-enters-move')
  })
  await olga.sees(`${say.marketKinds.move}: ${say.outcomes.applied}`, '.told')
}

/** What the move has set off, as the operator reads it: the ESP was told, the dongle has confirmed its stop. */
export async function readsSetOff({ olga, people }: World): Promise<void> {
  const say = sayOf(olga)
  const event = olga.page.locator('.market').first()
  // whoever comes back to the page reads it anew
  await until(async () => {
    await olga.go('esps')
    await olga.sees(say.sections.esps, 'h1')
    await olga.go('register')
    await event.waitFor()
    const said = plain(await event.innerText())
    return said.includes(say.setOff('1')) && said.includes(say.donglesStopped('1', '1'))
  }, 'what the move has set off, on the page of the register')
  await people.picture(olga, 'staff-set-off')
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000)
}

/** As a field for day and time has it, in the calendar of the machine that the browser runs on. */
function localTime(atS: number): string {
  const at = new Date(atS * 1000)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
