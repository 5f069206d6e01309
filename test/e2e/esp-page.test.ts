// The ESP's pages in a real browser on a real backend, for a manager who signed in by OpenID Connect: from the application to readings that are delivered,
// given up and delivered again; in four languages, from the keyboard and for who listens. One manager's story, in its order, on one platform.

import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { aBatch, arrived } from '../support/batches.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { consentWorldOn, OPERATOR_KEY } from '../support/consent-world.ts'
import { portalPages } from '../support/portal-pages.ts'

if (CHROMIUM === undefined) {
  process.stderr.write('skipped: test/e2e/esp-page.test.ts needs Chromium (apt install chromium, or CHROMIUM=/path)\n')
}

const PASSWORD = 'a sentence that nobody guesses'
const LANGUAGES = ['nl', 'fr', 'de', 'en'] as const

let platform: TestBackend
let world: Awaited<ReturnType<typeof consentWorldOn>>
let address: string
let page: Page
/** Bodies of all that the page has sent. */
const sent: string[] = []
/** The ESP's own server, and how it answers. */
let hook: Server
let hookAnswers = 204
const posted: { type: string }[] = []

const espOf = async () => (await world.ask('GET', '/esps', world.operator)).body.items.at(-1)
const button = (name: string | RegExp) => page.getByRole('button', { name })
const field = (name: string) => page.locator(`[name="${name}"]`)
const wayTo = (name: string) => page.getByRole('link', { name, exact: true }).click()

/** Whoever comes back to a page is told at once what is new. */
async function comeBackTo(name: string): Promise<void> {
  await wayTo('Sleutels')
  await says(page, 'h1', 'Sleutels')
  await wayTo(name)
}

async function fill(typed: { [name: string]: string }): Promise<void> {
  for (const [name, text] of Object.entries(typed)) await field(name).fill(text)
}

async function fillFour(name: string, text: string): Promise<void> {
  await fill(Object.fromEntries(LANGUAGES.map(language => [`${name}.${language}`, `${text} ${language}`])))
}

async function looksWell(name: string): Promise<void> {
  await expectNoAxeViolations(page)
  const width = page.viewportSize()?.width ?? 0
  expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(width)
  await keepPicture(page, name)
}

/** Through the identity service's form, and back to where one was. */
async function signIn(isNew: boolean): Promise<void> {
  if (isNew) {
    await page.locator('a[href$="?new=1"]').click()
    await fill({ person: 'Dora' })
  }
  await fill({ login: 'dora', password: PASSWORD })
  await page.locator('button[type="submit"]').click()
}

describe.skipIf(CHROMIUM === undefined)('the ESP’s pages', () => {
  const pages = portalPages()
  beforeAll(async () => {
    hook = createServer((request, response) => {
      const parts: Uint8Array[] = []
      request.on('data', part => void parts.push(part))
      request.on('end', () => {
        posted.push(JSON.parse(Buffer.concat(parts).toString()))
        response.writeHead(hookAnswers).end()
      })
    })
    await new Promise<void>(resolve => hook.listen(0, '127.0.0.1', resolve))
    const config = { operatorKey: OPERATOR_KEY, portalDir: pages.dir, mayWebhooksBePrivate: true }
    platform = await openTestBackend({ config })
    address = await platform.listen()
    world = await consentWorldOn(platform)
    page = (await pages.visit(`${address}/esp`)).page
    page.on('request', request => void sent.push(request.postData() ?? ''))
  })
  afterAll(async () => {
    const errors = await pages.leave()
    await platform?.stop()
    hook.closeAllConnections()
    hook.close()
    expect(errors).toEqual([])
  })

  test('let whoever has signed in apply, say what is wrong field by field, and what the operator decides', async () => {
    await says(page, 'h1', 'Voor energiedienstverleners')
    await looksWell('esp-door')
    await page.getByRole('link', { name: 'Aanmelden' }).click()
    await signIn(true)
    await says(page, 'h2', 'Kandidaat worden als aanbieder')
    await field('country').fill('B')
    await button('Kandidaat stellen').click()
    await says(page, 'form [role="status"]', '4 recht te zetten')
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('name')
    await looksWell('esp-apply-wrong')
    await fill({
      name: 'Dora Energie',
      companyNumber: '0123.456.789',
      country: 'be',
      'contact.eMail': 'hulp@dora.example',
    })
    await page.keyboard.press('Enter')
    await says(page, '.told', 'Uw kandidatuur ligt bij de operator.')
    await says(page, '.verdict', 'De operator heeft nog niet beslist')
    const { espId } = await espOf()
    await world.ask('POST', `/esps/${espId}/refuse`, world.operator, { remark: 'Dit nummer bestaat niet.' })
    await page.reload()
    await says(page, '.said', 'Dit nummer bestaat niet.')
    await button('Wijzigen').click()
    await fill({ companyNumber: '0987.654.321', 'contact.url': 'https://dora.example' })
    await world.ask('POST', `/esps/${espId}/admit`, world.operator, { remark: 'Welkom.' })
    await button('Bewaren').click()
    await says(page, '.told', 'Bewaard.')
    await says(page, '.verdict', 'Toegelaten')
    expect((await espOf()).profile).toMatchObject({ companyNumber: '0987.654.321', country: 'BE' })
    await looksWell('esp-admitted')
  })

  test('make a key pair whose private half is saved here and sent nowhere, and revoke it after a question', async () => {
    await wayTo('Sleutels')
    await says(page, '.esp', 'Er is nog geen sleutel')
    const saved = page.waitForEvent('download')
    await button('Hier een sleutelpaar maken').click()
    const file = JSON.parse(await readFile(await (await saved).path(), 'utf8'))
    await says(page, '.said', `Sleutel ${file.kid} is toegevoegd`)
    await looksWell('esp-key-made')
    expect(file.jwk.d).toMatch(/^[\w-]{43}$/)
    expect(sent.filter(body => body.includes(file.jwk.d))).toEqual([])
    expect((await tokenFor(file)).statusCode).toBe(200)

    await page.getByText('Een publieke sleutel toevoegen').click()
    await page.getByLabel('Publieke sleutel als JWK').fill(JSON.stringify(file.jwk))
    await button('De sleutel toevoegen').click()
    await says(page, '#jwk-help', 'Hij werd niet verstuurd')
    expect(sent.filter(body => body.includes(file.jwk.d))).toEqual([])
    const { d: _, ...publicHalf } = file.jwk
    await page.getByLabel('Publieke sleutel als JWK').fill(JSON.stringify(publicHalf))
    await button('De sleutel toevoegen').click()
    await says(page, 'details [role="alert"]', 'is er al')

    platform.clock.nowS += 301
    await button(`Intrekken: ${file.kid}`).click()
    await says(page, '.ask', 'stoppen meteen')
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Ja')
    await page.keyboard.press('Enter')
    await says(page, '.ask [role="alert"]', 'meld u eerst opnieuw aan')
    await looksWell('esp-stale')
    await page.getByRole('link', { name: 'Opnieuw aanmelden en verdergaan' }).click()
    await signIn(false)
    await says(page, 'h1', 'Sleutels')
    await button(`Intrekken: ${file.kid}`).click()
    await button('Ja').click()
    await says(page, '.told', 'Hij opent niets meer')
    await says(page, '.rows', 'ingetrokken')
    expect((await tokenFor(file)).json().code).toBe('assertion.invalid')
  })

  test('describe a service, bring the review’s words, publish it, begin another version, withdraw it', async () => {
    await wayTo('Diensten')
    await says(page, '.esp', 'Er is nog geen dienst')
    await button('Een dienst beschrijven').click()
    await button('Het ontwerp bewaren').click()
    await says(page, 'form > [role="status"]', /\d+ recht te zetten/)
    await looksWell('esp-service-wrong')
    await fillFour('name', 'Piekbewaking')
    await fillFour('summary', 'Waarschuwt bij veel tegelijk.')
    await page.getByLabel('een drempel is overschreden').check()
    await page.getByLabel('app', { exact: true }).check()
    await field('price.per').selectOption('month')
    await fill({ 'price.amount': '1,99' })
    await fillFour('price.text', 'Per maand, altijd opzegbaar.')
    await fillFour('need.purpose', 'Uw pieken zien')
    await page.getByLabel('afgenomen vermogen', { exact: true }).check()
    await fill({ 'need.period': '1' })
    await field('need.period.unit').selectOption('second')
    await fill({ 'need.every': '90' })
    await field('need.aggregation').selectOption('last')
    // another language meanwhile loses nothing
    await page.locator('.banner select').selectOption('fr')
    await says(page, 'h2', 'Description du service')
    await page.locator('.banner select').selectOption('nl')
    await button('Het ontwerp bewaren').click()
    await says(page, '.told', 'Het ontwerp is bewaard')
    await says(page, '.service', 'één waarde per 1 s')
    const submit = button('Indienen: Piekbewaking nl')
    await submit.click()
    await says(page, '.service [role="alert"]', 'Zonder privacybeleid')
    await button('Wijzigen: Piekbewaking nl').click()
    await fill({ privacyPolicy: 'https://dora.example/privacy', 'need.every': '0' })
    await button('Het ontwerp bewaren').click()
    await submit.click()
    await says(page, '.service .verdict', 'Bij de operator')

    const review = async (isGood: boolean, remark: string) => {
      const { serviceId, digest } = (await world.ask('GET', '/services/submitted', world.operator)).body.items[0]
      await world.ask('POST', `/services/${serviceId}/review`, world.operator, { digest, isGood, remark })
      await comeBackTo('Diensten')
    }
    await review(false, 'Zeg duidelijker waarvoor.')
    await says(page, '.service .said', 'Zeg duidelijker waarvoor.')
    await submit.click()
    await says(page, '.service .verdict', 'Bij de operator')
    await review(true, '')
    await button('Publiceren: Piekbewaking nl').click()
    await says(page, '.service .verdict', 'In de catalogus')
    await button('Nieuwe versie: Piekbewaking nl').click()
    await says(page, 'form', 'Doel')
    await fill({ 'need.history': '1' })
    await field('need.history.unit').selectOption('day')
    await button('Het ontwerp bewaren').click()
    await says(page, '.service', /Ontwerp\..*Versie 2.*Intussen staat versie 1 in de catalogus/)
    await looksWell('esp-service-next')
  })

  test('say where webhooks go, what came back of a test, what was given up, and deliver it again', async () => {
    await wayTo('Levering')
    await says(page, '.kept', 'Er is geen adres bewaard')
    await page.getByLabel('Adres').fill('geen adres')
    await button('Het adres instellen').click()
    await says(page, '[role="alert"]', 'Dit is geen adres.')
    await page.getByLabel('Adres').fill(`http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`)
    await button('Het adres instellen').click()
    await says(page, '.secret', 'whsec_')
    await says(page, '.kept', 'Gepost naar http://127.0.0.1')
    await button('Een test versturen').click()
    await says(page, '.came', 'Aangekomen. Uw server nam het aan. Antwoord 204')
    hookAnswers = 500
    await button('Een test versturen').click()
    await says(page, '.came', 'Niet aangekomen. Uw server maakte een fout.')

    hookAnswers = 422
    const { items } = (await world.ask('GET', '/catalogue?q=Piekbewaking', world.operator)).body
    const { permissionId } = await world.subscribed(items[0].serviceId)
    platform.clock.nowS += 60
    const batch = aBatch({ startS: platform.clock.nowS - 30, count: 10 })
    await platform.backend.ingest.store([arrived(platform.dongleId, batch)])
    await comeBackTo('Levering')
    await says(page, '.rows', new RegExp(`${permissionId}.*Geweigerd. Uw server zegt dat het bericht fout is`))
    await says(page, '.facts', /Laatste antwoord op metingen Uw server zegt.*Antwoord 422/)
    await looksWell('esp-given-up')
    hookAnswers = 204
    await button(`Opnieuw leveren: ${permissionId}`).click()
    await says(page, '.told', 'Het wordt opnieuw geleverd')
    await says(page, '.esp', 'Er werd niets opgegeven')
    await says(page, '.facts', /Antwoord 204/)
    expect(posted.filter(({ type }) => type === 'nrt.readings.json').length).toBeGreaterThanOrEqual(2)
    await button('Geen webhooks meer').click()
    await button('Ja').click()
    await says(page, '.kept', 'Er is geen adres bewaard')
  })

  test('count active subscriptions by month, and end them with the service after a question', async () => {
    await wayTo('Abonnementen')
    await page.setViewportSize({ width: 320, height: 640 })
    await says(page, 'tbody tr:first-child', /mrt 2026 1 1/)
    await expect.poll(() => page.locator('tbody tr').count()).toBe(12)
    await looksWell('esp-counts')
    await wayTo('Diensten')
    await button('Terugtrekken: Piekbewaking nl').click()
    await page.getByLabel('Alle toestemmingen ervoor stoppen meteen').check()
    await looksWell('esp-withdraw')
    await button('Ja').click()
    await says(page, '.told', 'Teruggetrokken.')
    await expect.poll(() => button('Terugtrekken').count()).toBe(0)
    expect((await world.own('GET', '/permissions')).body.items[0]).toMatchObject({ state: 'terminated' })
  })

  test('speak four languages, wide and narrow, light and dark', async () => {
    await wayTo('Levering')
    for (const [width, colorScheme, language, title] of [
      [320, 'dark', 'fr', 'Livraison'],
      [1280, 'light', 'de', 'Zustellung'],
      [820, 'dark', 'en', 'Delivery'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.locator('.banner select').selectOption(language)
      await says(page, 'h1', title)
      await looksWell(`esp-delivery-${width}-${colorScheme}-${language}`)
    }
  })
})

async function tokenFor({ espId, kid, jwk }: { espId: string; kid: string; jwk: { kty: string } }) {
  const claims = { iss: espId, sub: espId, aud: address, jti: crypto.randomUUID() }
  const assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid })
    .setExpirationTime(platform.clock.nowS + 60)
    .sign(jwk)
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  const headers = { host: new URL(address).host, 'content-type': 'application/x-www-form-urlencoded' }
  const payload = new URLSearchParams(form).toString()
  return platform.backend.app.inject({ method: 'POST', url: '/oauth/token', headers, payload })
}
