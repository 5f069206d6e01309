// The pages of operators, support and auditors in a real browser on one real backend: each signs in at the identity service as a person and sees what the role
// may. Whatever is decided is read back over REST; every page is looked at by axe, narrow and wide, in four languages.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NOON_S } from '../support/batches.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { type ClaimedHome, HOME_EAN, OPERATOR_KEY, type Person } from '../support/claimed-home.ts'
import { openConsentHome } from '../support/consent-home.ts'
import { aProfile, aServiceText, type ConsentWorld } from '../support/consent-world.ts'
import { aMarketEvent, openMarketStub } from '../support/market-stub.ts'
import { aNeed } from '../support/permissions.ts'
import { type PortalPages, portalPages } from '../support/portal-pages.ts'

if (CHROMIUM === undefined) {
  process.stderr.write(
    'skipped: test/e2e/staff-pages.test.ts needs Chromium (apt install chromium, or CHROMIUM=/path)\n',
  )
}

const ON_S = NOON_S + 1000
let pages: PortalPages
let home: ClaimedHome
let w: ConsentWorld
let anna: Person
let address: string
let operator: Page
const roleKeys = { operator: '', support: '', auditor: '' }

/** A new browser, and somebody who signs in as a person, from the page that they want to. */
async function signedIn(role: keyof typeof roleKeys, section: string, width = 1100): Promise<Page> {
  const { page } = await pages.visit('about:blank', { viewport: { width, height: 900 }, acceptDownloads: true })
  await page.goto(`${address}/operator/#${section}`)
  await page.getByRole('link', { name: 'Aanmelden' }).click()
  await page.locator('input[name="password"]').first().fill(roleKeys[role])
  await page.locator('form').first().getByRole('button').first().click()
  await page.waitForURL(`${address}/operator/#${section}`)
  return page
}

async function open(page: Page, section: string, title: string): Promise<void> {
  await page.locator(`.banner nav a[href="#${section}"]`).click()
  await says(page, 'h1', title)
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0)
}

async function looksRight(page: Page, name: string): Promise<void> {
  await expectNoAxeViolations(page)
  await keepPicture(page, `staff-${name}`)
}

/** Opens the question of an act, says why where that is wanted, and says yes. */
async function act(page: Page, name: string, reason?: string): Promise<void> {
  await page.getByRole('button', { name }).click()
  if (reason !== undefined) await page.locator('.ask textarea').fill(reason)
  await page.locator('.ask').getByRole('button', { name: 'Ja' }).click()
}

const read = async (path: string) => (await w.ask('GET', path, w.operator)).body

describe.skipIf(CHROMIUM === undefined)('staff’s pages', () => {
  pages = portalPages()
  beforeAll(async () => {
    ;({ home, w, anna } = await openConsentHome({ config: { portalDir: pages.dir } }))
    address = await home.listen()
    for (const role of ['operator', 'support', 'auditor'] as const) {
      roleKeys[role] = (await home.backend.openAs(`${role} one`, role)).accessKey
    }
    await w.subscribed(w.service.serviceId)
    await w.ask('POST', '/esps', w.rival, aProfile('Rival & Sons'))
    const { serviceId } = w.service
    const faster = aServiceText({
      need: aNeed({ periodS: 1, everyS: 0, fields: ['offtakeW', 'injectionW', 'voltageL1dV'] }),
    })
    await w.ask('PUT', `/esp/services/${serviceId}`, w.manager, faster)
    await w.ask('POST', `/esp/services/${serviceId}/submit`, w.manager)
    operator = await signedIn('operator', 'esps')
  })
  afterAll(async () => {
    const errors = await pages.leave()
    await home?.stop()
    expect(errors).toEqual([])
  })

  test('an operator admits who applied, suspends with a reason, and reads what happened', async () => {
    await says(operator, 'h1', 'Aanbieders')
    await says(operator, '.staff', /Rival & Sons.*Wacht op een beslissing.*Watt & Co.*Toegelaten/)
    await act(operator, 'Toelaten: Rival & Sons', 'papers seen')
    await says(operator, '.told', 'Rival & Sons: Toegelaten')
    await operator.getByRole('button', { name: 'Schorsen: Rival & Sons' }).click()
    await expect.poll(() => operator.evaluate('document.activeElement?.localName')).toBe('textarea')
    await operator.locator('.ask').getByRole('button', { name: 'Ja' }).click() // without a reason: nothing happens
    await looksRight(operator, 'esps-ask')
    await operator.locator('.ask textarea').fill('late with its papers')
    await operator.locator('.ask').getByRole('button', { name: 'Ja' }).click()
    await says(operator, '.told', 'Rival & Sons: Geschorst')
    const rival = operator.locator('article', { hasText: 'Rival & Sons' })
    await rival.getByText('Wat er gebeurde').click()
    await says(operator, 'article ol', /geschorst.*late with its papers.*toegelaten.*aangevraagd/)
    expect((await read('/esps?state=suspended')).items).toHaveLength(1)
  })

  test('reads what customers will read beside what the version before said, and sends it back with words', async () => {
    await open(operator, 'services', 'Nazicht')
    await operator.getByRole('button', { name: 'Nakijken: Peak watch nl' }).click()
    await says(operator, '.review .badge', 'Vraagt een nieuw ja van elke klant')
    await says(operator, '.review .lines', /spanning/)
    const changed = operator.locator('.review .changed')
    await expect.poll(() => changed.count()).toBe(2)
    await expect.poll(() => changed.locator('del').first().innerText()).not.toMatch(/spanning/)
    await looksRight(operator, 'review')
    await operator.getByLabel('In welke taal leest u het?').selectOption('fr')
    await says(operator, '.review .lines', /tension/)
    await act(operator, 'Terugsturen: Peak watch nl', 'one second is too fast')
    await says(operator, '.told', 'Peak watch nl ging terug naar de aanbieder')
    await says(operator, '.staff', 'Niets wacht op nazicht')
    const versions = (await w.ask('GET', '/esp/services', w.manager)).body.items
    expect(versions.at(-1)).toMatchObject({ version: 2, state: 'draft', remark: 'one second is too fast' })
  })

  test('finds a person, gives a role, locks the account and opens it again', async () => {
    await open(operator, 'people', 'Personen')
    await operator.getByLabel('Naam of account').fill('PERSON-a')
    await expect.poll(() => operator.locator('article h2').allInnerTexts()).toEqual([`person-A ${anna.accountId}`])
    await operator.getByText('Rollen, mandaten, blokkering').click()
    await says(operator, 'article', 'Geen gegeven, geen gekregen')
    await operator.getByLabel('Zoals het register hem noemt').fill('person-B')
    await operator.getByRole('button', { name: 'Koppelen' }).click()
    await says(operator, '.ask', 'Is person-A in het toegangsregister person-B?')
    await operator.keyboard.press('Enter')
    await says(operator, '.ask [role="alert"]', 'Een andere account is die persoon al')
    await operator.locator('.ask').getByRole('button', { name: 'Nee' }).click()
    await operator.getByLabel('Een rol geven').selectOption('auditor')
    await operator.getByRole('button', { name: 'Geven' }).click()
    await says(operator, '.told', 'person-A is nu auditor')
    await act(operator, 'Account blokkeren: person-A', 'its key was found in the street')
    await says(operator, '.told', 'De account van person-A is geblokkeerd')
    await looksRight(operator, 'people')
    expect((await w.ask('GET', '/notices', anna.accessKey)).body.code).toBe('account.locked')
    await act(operator, 'Account weer openen: person-A', 'another key was sent')
    await says(operator, '.told', 'weer open')
    await act(operator, 'Afnemen: auditor: person-A')
    await says(operator, '.told', 'person-A is niet langer auditor')
    home.clock.nowS += 301
    await act(operator, 'Account blokkeren: person-A', 'once more')
    await says(operator, '.ask [role="alert"]', 'net aangemeld')
    expect(await operator.locator('.ask a').getAttribute('href')).toMatch(
      /\/sign-in\?lang=nl&to=%2Foperator%2F%23people&fresh=1/,
    )
    expect((await read('/people?q=person-A')).items[0]).toMatchObject({ isLocked: false, roles: ['grid-user'] })
  })

  test('sees what a move has set off, and what of the market’s word somebody has to look at', async () => {
    const market = openMarketStub(w, OPERATOR_KEY)
    home.clock.nowS = NOON_S + 1200
    const move = aMarketEvent({ ean: HOME_EAN, kind: 'move', effectiveS: ON_S })
    await market.say(
      move,
      { ...move, holderId: 'person-C' },
      aMarketEvent({ ean: '999999990000000999', effectiveS: ON_S }),
    )
    await open(operator, 'register', 'Register')
    await says(
      operator,
      'div.rows',
      /Verhuizing.*Uitgevoerd.*Toestemmingen die eindigden: 1\..*verwittigd: 1, waarvan bevestigd: 0.*stop bevestigden: 0 van 1/,
    )
    await says(operator, 'section.rows', /een verhuizing.*nog niet bevestigd/)
    await looksRight(operator, 'register')
    await operator.getByLabel('Welke meldingen?').selectOption('true')
    await expect
      .poll(() => operator.locator('.market .badge').allInnerTexts())
      .toEqual(['Onbekend meetpunt', 'Spreekt een andere tegen'])
    expect(await operator.locator('main').innerText()).not.toMatch(/[0-9]{18}|person-/)
  })

  test('publishes the next terms of use after one question, and not before something is changed', async () => {
    await open(operator, 'terms', 'Voorwaarden')
    await says(operator, '.rows', /versie 1.*aanvaard door 3/)
    await operator.getByText('De volgende versie schrijven').click()
    await says(operator, '.item [role="status"]', 'nog niets gewijzigd')
    await operator.getByLabel('Titel').fill('')
    await says(operator, '.item [role="status"]', 'Leeg: Titel (Nederlands)')
    await operator.getByLabel('Titel').fill('Nieuwe voorwaarden')
    await looksRight(operator, 'terms')
    await act(operator, 'Publiceren: versie 2')
    await says(operator, '.told', 'Versie 2 is gepubliceerd')
    await operator.getByText('Nieuwe voorwaarden').click()
    await says(operator, '.changed', /Nederlands.*Nieuwe voorwaarden/)
    expect((await read('/terms')).text.title.nl).toBe('Nieuwe voorwaarden')
  })

  test('an auditor sees whether the audit is whole, and takes the month’s subscriptions along; nobody’s act is theirs', async () => {
    const page = await signedIn('auditor', 'audit', 1100)
    await says(page, '.verdict', /^Heel: \d+ gebeurtenissen/)
    await says(page, 'table', /marketEvent.*contradictory/)
    await looksRight(page, 'audit')
    expect(await page.locator('.banner nav a').allInnerTexts()).toEqual([
      'Register',
      'Abonnementen',
      'Voorwaarden',
      'Audit',
    ])
    await page.getByText('Naast een schakel die elders bewaard werd').click()
    await page.getByLabel('Nummer').fill('1')
    await page.getByLabel('Hash (64 tekens)').fill('0'.repeat(64))
    await page.getByRole('button', { name: 'Ermee nakijken' }).click()
    await says(page, '.verdict', 'Gebroken (not-expected) bij schakel 1')
    await open(page, 'counts', 'Abonnementen')
    await page.getByLabel('Maand').fill(new Date(NOON_S * 1000).toISOString().slice(0, 7))
    await says(page, 'table', /Watt & Co .* 1 1 Totaal 1 1/)
    await looksRight(page, 'counts')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Als CSV' }).click(),
    ])
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n')
    expect(lines[0]).toBe('month,espId,espName,subscriptions,meteringPoints')
    expect(lines.slice(1)).toEqual([expect.stringMatching(/,Watt & Co,1,1$/), ''])
    await open(page, 'terms', 'Voorwaarden')
    await expect.poll(() => page.locator('.rows article').count()).toBe(2)
    expect(await page.getByText('De volgende versie schrijven').count()).toBe(0)
    await page.goto(`${address}/operator/#people`) // not theirs: the first that is
    await says(page, 'h1', 'Register')
  })

  test('support looks at a dongle without a key and at people without buttons, on a phone, in four languages', async () => {
    const page = await signedIn('support', 'people', 360)
    await says(page, '.rows', 'person-A')
    await page.getByText('Rollen, mandaten, blokkering').first().click()
    await says(page, 'article:first-child', 'Mandaten')
    expect(await page.getByRole('button', { name: 'Geven' }).count()).toBe(0)
    await looksRight(page, 'people-support-phone')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await open(page, 'helpdesk', 'Dongles')
    await page.getByLabel('Nummer van de dongle').fill(home.dongleId)
    await page.getByRole('button', { name: 'Nakijken' }).click()
    await says(page, '.operator', `Dongle ${home.dongleId.slice(0, 4)}`)
    expect(await page.getByLabel('Sleutel van de operator').count()).toBe(0)
    for (const [language, title] of [
      ['fr', 'Personnes'],
      ['de', 'Personen'],
      ['en', 'People'],
    ] as const) {
      await page.locator('.banner select').selectOption(language)
      await open(page, 'people', title)
      await says(page, '.rows', 'person-A')
      await page.locator('.banner nav a').last().click()
    }
    await page.getByRole('button', { name: 'Sign out' }).click()
    await says(page, 'main', 'Sign in with your own account')
  })

  test('who has no role here sees no page', async () => {
    const { page } = await pages.visit('about:blank')
    await page.goto(`${address}/?key=${anna.accessKey}`)
    await expect.poll(async () => (await page.context().cookies()).length).toBeGreaterThan(0)
    await page.goto(`${address}/operator/#audit`)
    await says(page, 'main', 'Uw account heeft hier geen rol')
    expect(await page.locator('.banner nav').count()).toBe(0)
  })
})
