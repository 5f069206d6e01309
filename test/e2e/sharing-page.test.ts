// The page of sharing in a real browser on a real backend: the terms, the question before a yes, what one shares, ending it, being told of what others
// ended, and both logs; in four languages, from the keyboard and for who listens.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { aServiceText, consentWorldOn, OPERATOR_KEY } from '../support/consent-world.ts'
import { type PortalPages, portalPages } from '../support/portal-pages.ts'
import { visitorOf } from '../support/visitor.ts'

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
  await page.goto(`${address}/sign-in?fresh=1&lang=nl&to=${encodeURIComponent('/#sharing')}`)
  await prove(page)
  return page
}

/** Fills in the identity service's form; it sends back to where the page was. */
async function prove(page: Page): Promise<void> {
  await page.getByLabel('Wachtwoord').fill(platform.accessKey)
  await page.getByRole('button', { name: 'Aanmelden' }).click()
  await page.waitForURL(`${address}/#sharing`)
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

  test('a yes by somebody whose sign-in is old waits until they have proved who they are, and is asked for once more', async () => {
    const page = await open()
    platform.clock.nowS += 301
    await page.getByRole('button', { name: 'Bekijken en beslissen: Peak watch nl' }).click()
    await page.getByLabel('Ik heb dit gelezen').check()
    await page.getByRole('button', { name: 'Ja, dit delen' }).click()
    await says(page, '[role="alert"]', 'meld u eerst opnieuw aan')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-prove')
    await page.keyboard.press('Enter') // the way there has the focus
    await page.getByRole('link', { name: 'Terug zonder aan te melden' }).click()
    await says(page, '.subscribe', 'Het aanmelden is afgebroken')
    await page.getByRole('button', { name: 'Ja, dit delen' }).click()
    await page.getByRole('button', { name: 'Opnieuw aanmelden en doorgaan' }).click()
    await prove(page)
    await says(page, '.subscribe', 'Wat u koos staat er nog')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'sharing-proved')
    await expect.poll(() => page.getByLabel('Ik heb dit gelezen').isChecked()).toBe(true)
    expect((await world.own('GET', '/permissions?state=granted')).body.items).toEqual([])
    await page.keyboard.press('Enter') // so has the yes
    await says(page, '.told', 'U deelt nu met Watt & Co')
    platform.clock.nowS += 301
    await page.getByRole('button', { name: 'Stoppen met delen: Peak watch nl' }).click()
    await page.keyboard.press('Enter')
    await says(page, '.told', 'Gestopt. Er vertrekt niets meer.') // the way out never waits
  })

  test('what one shares is a file of the person in whose name the page is looked at', async () => {
    const other = await platform.backend.openAccount('other')
    const [owner, holder] = [visitorOf(platform.backend), visitorOf(platform.backend)]
    await owner.signIn({ login: '', password: platform.accessKey, isFresh: true })
    await holder.signIn({ login: '', password: other.accessKey, isFresh: true })
    const { mandateId, code } = (await owner.ask('POST', '/api/v1/mandates', { scope: 'look', days: 1 })).json()
    await holder.ask('POST', '/api/v1/mandates/take', { code })
    const { permissionId } = await world.subscribed(world.service.serviceId)
    const { page } = await pages.visit('about:blank', { acceptDownloads: true })
    await page.goto(`${address}/?key=${other.accessKey}`)
    await expect.poll(async () => (await page.context().cookies()).length).toBeGreaterThan(0)
    await page.evaluate(`sessionStorage.setItem('nrt.acting', '${JSON.stringify({ mandateId, giverName: 'Anna' })}')`)
    await page.goto(`${address}/#sharing`)
    await page.reload()
    await says(page, '.acting', 'U kijkt in naam van Anna')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Alles als bestand' }).click(),
    ])
    const file = JSON.parse(await readFile(await download.path(), 'utf8'))
    expect(file.permissions).toMatchObject([{ permissionId, state: 'granted' }])
  })

  test('stops after one question, from the keyboard alone, and says whether the provider knows', async () => {
    const page = await open()
    await subscribe(page)
    await page.getByRole('button', { name: 'Stoppen met delen: Peak watch nl' }).focus()
    await page.keyboard.press('Enter')
    await says(page, '.ask', 'Meteen stoppen?')
    await page.keyboard.press('Enter')
    await says(page, '.told', 'Gestopt. Er vertrekt niets meer.')
    await page.locator('[aria-labelledby="mine-title"] details.history summary').click() // there when the answer is
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
