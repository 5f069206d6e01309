// The page of sharing in a real browser on a real backend: the terms, the question before a yes, what one shares, ending it, being told of what others
// ended, and both logs; in four languages, from the keyboard and for who listens.

import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { aServiceText, consentWorldOn, OPERATOR_KEY } from '../support/consent-world.ts'
import { type PortalPages, portalPages } from '../support/portal-pages.ts'

if (CHROMIUM === undefined) {
  process.stderr.write(
    'skipped: test/e2e/sharing-page.test.ts needs Chromium (apt install chromium-headless-shell, or chromium, or CHROMIUM=/path)\n',
  )
}

let pages: PortalPages
let platform: TestBackend
let world: Awaited<ReturnType<typeof consentWorldOn>>
let address: string

async function open(): Promise<Page> {
  const { page } = await pages.visit('about:blank')
  await page.goto(`${address}/?key=${platform.accessKey}`)
  // signed in: going on sooner would take the answer away
  await expect.poll(async () => (await page.context().cookies()).length).toBeGreaterThan(0)
  await page.goto(`${address}/#sharing`)
  return page
}

async function subscribe(page: Page, service = 'Peak watch nl'): Promise<void> {
  await page.getByRole('button', { name: `Bekijken en beslissen: ${service}` }).click()
  await page.getByLabel('Ik heb dit gelezen').check()
  await page.getByRole('button', { name: 'Ja, dit delen' }).click()
  await says(page, '.told', 'U deelt nu met Watt & Co')
}

describe.skipIf(CHROMIUM === undefined)('the page of sharing', () => {
  pages = portalPages()
  beforeEach(async () => {
    platform = await openTestBackend({ config: { operatorKey: OPERATOR_KEY, portalDir: pages.dir } })
    address = await platform.listen()
    world = await consentWorldOn(platform)
  })
  afterEach(async () => {
    const errors = await pages.leave()
    await platform.stop()
    expect(errors).toEqual([])
  })

  test('asks on one screen what exactly is shared, takes no yes that was not ticked, and shows who gets it now', async () => {
    const page = await open()
    await says(page, 'h1', 'Wie uw metingen ziet')
    await says(page, '.sharing', 'U deelt uw metingen met niemand')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-none')
    await page.getByRole('button', { name: 'Bekijken en beslissen: Peak watch nl' }).click()
    await says(page, '.statement', /Watt & Co.*1,99 EUR/)
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-question')
    await page.getByRole('button', { name: 'Ja, dit delen' }).click()
    await says(page, '#tick-help', 'Vink eerst aan')
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Ja, dit delen' }).click()
    await says(page, '.told', 'U deelt nu met Watt & Co')
    await says(page, '.permission', /Peak watch nl met Watt & Co tot /)
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-granted')
  })

  test('stops after one question, from the keyboard alone, and says whether the provider knows', async () => {
    const page = await open()
    await subscribe(page)
    await page.getByRole('button', { name: 'Stoppen met delen: Peak watch nl' }).focus()
    await page.keyboard.press('Enter')
    await says(page, '.ask', 'Meteen stoppen?')
    await page.keyboard.press('Enter')
    await says(page, '.told', 'Gestopt. Er vertrekt niets meer.')
    await page.locator('details.history summary').first().click()
    await says(page, '.history .permission', /U hebt het gestopt.*De aanbieder wordt verwittigd/)
    await page.getByText('Elke stap van elke toestemming').click()
    await says(page, '.logs ol', /U hebt het gestopt.*U deelt.*Gevraagd/)
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-stopped')
  })

  test('a no shares nothing; the terms come first for who has not accepted them', async () => {
    await world.own('DELETE', '/terms/acceptance')
    const page = await open()
    await page.getByRole('button', { name: 'Bekijken en beslissen: Peak watch nl' }).click()
    await says(page, '.terms', 'Uw rechten')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-terms')
    await expect.poll(() => page.getByRole('button', { name: 'Aanvaarden' }).isDisabled()).toBe(true)
    await page.getByLabel('Ik heb de voorwaarden gelezen').check()
    await page.getByRole('button', { name: 'Aanvaarden' }).click()
    await says(page, '.statement', 'Watt & Co')
    await page.getByRole('button', { name: 'Nee' }).click()
    await says(page, '.told', 'Er wordt niets gedeeld')
    await says(page, '.sharing', 'U deelt uw metingen met niemand')
  })

  test('tells what the provider ended, until it is seen', async () => {
    const permission = await world.subscribed(world.service.serviceId)
    await world.ask('POST', `/esp/permissions/${permission.permissionId}/terminate`, world.manager)
    const page = await open()
    await says(page, '.notices', 'Peak watch nl: De aanbieder heeft het gestopt')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-told')
    await page.getByRole('button', { name: 'Gezien: Peak watch nl' }).click()
    await expect.poll(() => page.locator('.notices').count()).toBe(0)
  })

  test('finds services by words, kind and price', async () => {
    const price = { ...aServiceText().price, amountCents: 0, per: 'free' as const }
    const name = { nl: 'Samen delen', fr: 'Partager', de: 'Teilen', en: 'Share' }
    await world.published(world.manager, aServiceText({ name, price, category: 'energy-sharing' }))
    const page = await open()
    const shown = () => page.locator('.service h3').allInnerTexts()
    await expect.poll(async () => (await shown()).sort()).toEqual(['Peak watch nl', 'Samen delen'])
    await page.getByLabel('Alleen gratis').check()
    await expect.poll(shown).toEqual(['Samen delen'])
    await page.getByLabel('Alleen gratis').uncheck()
    await page.getByLabel('Soort').selectOption('energy-optimisation')
    await expect.poll(shown).toEqual(['Peak watch nl'])
    await page.getByLabel('Soort').selectOption('')
    await page.getByLabel('Zoeken').fill('teilen')
    await expect.poll(shown).toEqual(['Samen delen'])
    await page.getByLabel('Zoeken').fill('nothing of the kind')
    await says(page, '.sharing', 'Zo’n dienst is er niet')
  })

  test('speaks four languages, the question too', async () => {
    const page = await open()
    for (const [language, title, ask] of [
      ['fr', 'Qui voit vos mesures', 'Partager avec Peak watch fr'],
      ['de', 'Wer Ihre Messwerte sieht', 'Mit Peak watch de teilen'],
      ['en', 'Who sees your readings', 'Share with Peak watch en'],
      ['nl', 'Wie uw metingen ziet', 'Delen met Peak watch nl'],
    ] as const) {
      await page.locator('.banner select').last().selectOption(language)
      await says(page, 'h1', title)
      await page.locator('.service button').first().click()
      await says(page, '#ask-title', ask)
      await says(page, '.statement', 'Watt & Co')
      await page.getByRole('button', { name: /^(Non|Nein|No|Nee)$/ }).click()
    }
  })
})
