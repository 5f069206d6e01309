// The household's part of the journey, on the portal's pages as people use them.

import { tabTo } from './keyboard.ts'
import { until } from './parts.ts'
import type { Person } from './people.ts'
import type { World } from './world.ts'

/** The second of the first steps. */
export async function acceptTerms({ page, say, sees }: Person): Promise<void> {
  await sees(say.sharing.rights)
  await page.getByLabel(say.sharing.termsAgree).check()
  await page.getByRole('button', { name: say.sharing.termsAccept }).click()
  await sees(say.firstSteps.progress('3', '4'))
}

/** The third: what stands on the label is typed. */
export async function claim({ page, say, sees }: Person, label: World['label']): Promise<void> {
  await page.getByLabel(say.dongles.idField).fill(label.dongleId)
  await page.getByLabel(say.dongles.codeField).fill(label.claimCode)
  await page.getByRole('button', { name: say.dongles.claim, exact: true }).click()
  await sees(say.firstSteps.progress('4', '4'))
}

/** The power on the live page, as a person reads it. */
export async function powerOf({ page }: Person): Promise<string> {
  const power = page.locator('.card.power[data-stale="false"] .value')
  await until(async () => /\d/.test((await power.allInnerTexts())[0] ?? ''), 'the power on the page')
  return (await page.locator('#power-now').innerText()).replace(/\s+/g, ' ')
}

/** To a service's question by Tab and Enter alone. Gives what had the focus on the way; who comes back from signing in may have it open already. */
export async function lookAt({ page, say, sees, go }: Person, service: string): Promise<string[]> {
  await go('sharing')
  const look = `${say.sharing.look}: ${service}`
  const question = page.locator('.statement')
  const open = page.getByRole('button', { name: look })
  await until(async () => (await open.count()) + (await question.count()) > 0, `${service} on the page`)
  const way = (await question.count()) > 0 ? [] : await tabTo(page, look)
  if (way.length > 0) await page.keyboard.press('Enter')
  await sees(say.sharing.askText)
  return way
}

/** Ticks and says yes, by Tab, Space and Enter alone, and signs in again first where that is asked. Gives what had the focus on the way. */
export async function sayYes(person: Person, service: string): Promise<string[]> {
  const { page, say } = person
  const [told, wrong] = [page.locator('.told'), page.locator('[role="alert"]')]
  for (;;) {
    const way = await tabTo(page, say.sharing.priceAgree)
    await page.keyboard.press('Space')
    way.push(...(await tabTo(page, say.sharing.agree)))
    await page.keyboard.press('Enter')
    await until(async () => (await told.count()) + (await wrong.count()) > 0, 'an answer to the yes')
    if ((await told.count()) > 0) return way
    if (!(await person.signsInAgain())) throw new Error('the yes was not taken')
    await lookAt(person, service)
  }
}

/** The dongle stays in the meter for who comes next: gives its new code, as the page shows it once. */
export async function giveAway({ page, say, go, sees }: Person, dongleId: string): Promise<World['label']> {
  await go('dongles')
  await page.getByRole('button', { name: say.dongles.acts['give-away'].name }).click()
  await page.getByRole('button', { name: say.yes, exact: true }).click()
  const shown = await sees(/\b([0-9A-Z]{4}-){3}[0-9A-Z]\b/, '.new-code .code')
  const codes = [...shown.matchAll(/\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]\b/g)].map(([code]) => code.replaceAll('-', ''))
  const claimCode = codes.find(code => code !== dongleId)
  if (claimCode === undefined) throw new Error(`no new code on the page: ${shown}`)
  return { dongleId, claimCode }
}
