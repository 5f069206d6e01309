// The live page in a real browser on a real backend: readings go in through the ingest port, and what people see is
// looked at. Nothing is faked but the household.

import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashOfClaimCode, newClaimCode, newIdentity } from '../../installer/flash/identity.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, plain, says } from '../support/browser.ts'
import { valueOrThrow } from '../support/facts.ts'
import { type LivingHome, openLivingHome } from '../support/living-home.ts'
import { type PortalPages, portalPages } from '../support/portal-pages.ts'

if (CHROMIUM === undefined) {
  process.stderr.write(
    'skipped: test/e2e/portal.test.ts needs Chromium (apt install chromium-headless-shell, or chromium, or CHROMIUM=/path)\n',
  )
}

const PHONE = { width: 390, height: 844 }
const sunnyHome = (timeS: number) => Math.round(-1500 + 900 * Math.sin(timeS / 40) + (timeS % 60 < 15 ? 2600 : 0))

let pages: PortalPages
let home: LivingHome

async function open(address = home.link, options: BrowserContextOptions = {}): Promise<Page> {
  return (await pages.visit(address, { viewport: PHONE, ...options })).page
}

describe.skipIf(CHROMIUM === undefined)('the live page', () => {
  pages = portalPages()
  beforeEach(async () => {
    home = await openLivingHome(pages.dir)
  })
  afterEach(async () => {
    const errors = await pages.leave()
    await home.end()
    expect(errors).toEqual([])
  })

  test('a stored reading is on the page at once: power, direction, registers, today', async () => {
    const now = home.nowS()
    await home.measure(now - 400, now - 2, () => 2345)
    const page = await open()
    await says(page, '#power-now', /^2,35 kW$/)
    await says(page, '.direction', 'U neemt af van het net')
    await says(page, '.registers', /Afname T1 dag 12\.\d{3},\d{3} kWh/)
    await says(page, '.registers', /Injectie T2 nacht 1\.234,567 kWh/)
    await says(page, '.today', /Afname 0,\d\d 0,\d\d 0,00/)
    await says(page, '.today', /Maandpiek 4,63 kW/)
    await home.measure(now - 1, now, () => -812)
    await says(page, '#power-now', /^812 W$/)
    await says(page, '.direction', 'U injecteert op het net')
    await expect.poll(() => page.url(), { message: 'the key is no longer in the address' }).toBe(`${home.address}/`)
    await expect.poll(() => page.title()).toMatch(/812\sW Injectie/)
  })

  test('somebody who watches makes the dongle be asked for every second', async () => {
    const asked: string[] = []
    home.backend.attachCommands({
      requestLive: dongleId => void asked.push(dongleId),
      wake: () => undefined,
      disconnect: () => undefined,
    })
    await open()
    await expect.poll(() => asked.length).toBeGreaterThan(0)
  })

  test('the hole of an outage is shown as such and closes when the late readings arrive', async () => {
    const now = home.nowS()
    await home.measure(now - 400, now - 120, sunnyHome)
    await home.measure(now - 40, now, sunnyHome) // what came after the outage comes first
    const page = await open()
    await says(page, '.missing', 'In deze periode: 1 onderbreking (1 min 20 sec).')
    await keepPicture(page, 'portal-gap-open')
    await home.measure(now - 119, now - 41, sunnyHome)
    await says(page, '.missing', 'Geen onderbrekingen in deze periode.')
    await keepPicture(page, 'portal-gap-closed')
  })

  test('a loss is told from a gap', async () => {
    const now = home.nowS()
    await home.measure(now - 400, now - 60, sunnyHome, [{ count: 9, reason: 'crc' }])
    await home.measure(now - 50, now, sunnyHome)
    const page = await open()
    await says(page, '.missing', /1 verlies .10 sec./)
    expect(await page.locator('.missing').innerText()).not.toContain('onderbreking')
  })

  test('the quality of the line is said in words: signal, backlog, firmware', async () => {
    const now = home.nowS()
    await home.measure(now - 30, now, sunnyHome)
    const page = await open()
    await says(page, '.verdict', 'Alles werkt.')
    await home.backend.ingest.note({
      dongleId: home.dongleId,
      boot: 1,
      receivedAtMs: home.nowS() * 1000,
      firmware: '1.2.3',
      rssiDbm: -71,
      ringRecords: 40,
      uptimeS: 7500,
      intervalS: 10,
    })
    await says(page, '.verdict', 'De dongle is terug en stuurt oudere metingen na.')
    await says(page, '.quality', /Wacht in de dongle 40 bundels metingen/)
    await says(page, '.quality', /Wifi-signaal van de dongle matig -71 dBm/)
    await says(page, '.quality', /Dongle draait al 2 uur 5 min Firmware 1\.2\.3/)
  })

  test('the hour and the day are drawn, and the table says the same in numbers', async () => {
    const now = home.nowS()
    for (let at = now - 7200; at < now; at += 600) await home.measure(at + 1, at + 600, () => 1500)
    const page = await open(home.link, { viewport: { width: 1400, height: 1000 } })
    await page.locator('summary').click()
    for (const [name, row] of [
      ['1 uur', /\d\d:\d\d – \d\d:\d\d 1,50 kW 0 W/],
      ['24 uur', /\d\d:00 – \d\d:00 1,50 kW 0 W/],
    ] as const) {
      await page.getByRole('radio', { name }).check()
      await says(page, '.numbers', row)
      await says(page, '.readout', /Afname: hoogste 1,50 kW/)
    }
  })

  test('without a server the page counts down, greys the value with its age, and heals by itself', async () => {
    const now = home.nowS()
    await home.measure(now - 400, now, () => 640)
    const page = await open(home.link, { viewport: { width: 1400, height: 1000 } })
    await says(page, '.status', /^Live$/)
    await home.measure(now + 1, now + 1, () => 641)
    await says(page, '#power-now', /^641 W$/)
    const comingBack = page.waitForRequest(request => request.url().endsWith('/live'))
    await home.stop()
    expect((await comingBack).headers()['last-event-id'], 'the newest that it has').toBe(String(now + 1))
    await says(page, '.status', /Geen verbinding Opnieuw over \d+ sec/)
    await says(page, '.power[data-stale="true"] .when', /seconden geleden/)
    await says(page, '[role="status"]', /Geen verbinding met de server/)
    await keepPicture(page, 'portal-server-gone')
    await expectNoAxeViolations(page)
    await home.start()
    const back = home.nowS()
    await home.measure(now + 2, back, () => 777) // what the dongle kept meanwhile
    await says(page, '#power-now', /^777 W$/)
    await says(page, '.status', /^Live$/)
    await says(page, '.missing', 'Geen onderbrekingen in deze periode.')
  })

  test('without a key there is a door, which says when a key is wrong and opens to a right one', async () => {
    await home.measure(home.nowS() - 5, home.nowS(), () => 300)
    const page = await open(home.address)
    await says(page, '#key-title', 'Uw toegangssleutel')
    await expectNoAxeViolations(page)
    await page.getByLabel('Toegangssleutel', { exact: true }).fill('not-the-key')
    await page.getByRole('button', { name: 'Openen' }).click()
    await says(page, '#key-help', 'niet geldig')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('key')
    await expectNoAxeViolations(page)
    await page.getByLabel('Toegangssleutel', { exact: true }).fill(new URL(home.link).searchParams.get('key')!)
    await page.keyboard.press('Enter')
    await says(page, '#power-now', /^300 W$/)
    await expect.poll(() => page.url()).toBe(`${home.address}/`)
  })

  test('a new person is led: terms, claim, waiting, and never again once there is something to see', async () => {
    const { accountId, accessKey } = await home.backend.openAccount('Nora')
    const { dongleId, deviceKey, epoch } = newIdentity()
    const claimCode = newClaimCode()
    valueOrThrow(await home.backend.registerDongle({ dongleId, deviceKey, epoch }))
    valueOrThrow(await home.backend.setClaimCode(dongleId, hashOfClaimCode(claimCode)))
    const page = await open('about:blank')
    await page.clock.install({ time: home.nowS() * 1000 })
    await page.goto(`${home.address}/?key=${accessKey}`)
    await says(page, '#first-steps-title', 'Welkom, Nora stap 2 van 4')
    await page.locator('.banner select').last().selectOption('fr')
    await says(page, '#first-steps-title', 'Bienvenue, Nora étape 2 sur 4')
    await page.locator('.banner select').last().selectOption('nl')
    await page.getByLabel('Ik heb de voorwaarden gelezen').check()
    await page.getByRole('button', { name: 'Aanvaarden' }).click()
    await says(page, '.stairs [aria-current="step"]', 'Uw dongle toevoegen')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('first-steps-title')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'first-steps')
    // a point that appears meanwhile takes nothing away of what was typed
    await page.getByLabel('Nummer van de dongle').fill(dongleId)
    const [ean, sinceS] = ['999999990000000029', home.nowS() - 60]
    valueOrThrow(await home.backend.addMeteringPoint({ ean, accountId, sinceS, name: 'Barn' }))
    await page.clock.fastForward(31_000) // it asks every half minute
    await says(page, '.banner', 'Barn')
    await page.getByLabel('Claimcode').fill(claimCode)
    await page.getByRole('button', { name: 'Claimen' }).click()
    await says(page, '.first-steps .verdict', 'Uw account is nog niet verbonden')
    await says(page, '.first-steps', accountId)
    await expectNoAxeViolations(page)
    valueOrThrow(await home.backend.bindDongle(dongleId, ean))
    await page.reload()
    await says(page, '.curve h2', 'Wachten op de eerste meting')
    // taken back: no reading is shown without them; and accepted again on another device
    const headers = { authorization: `Bearer ${accessKey}` }
    await home.backend.app.inject({ method: 'DELETE', url: '/api/v1/terms/acceptance', headers })
    await says(page, '.terms', 'Uw rechten')
    await acceptTerms(home.backend, accessKey)
    await page.clock.fastForward(6000) // it asks every five seconds
    await says(page, '.curve h2', 'Wachten op de eerste meting')
    expect(await page.locator('.first-steps').count()).toBe(0)
  })

  test('switches its language at once and remembers the choice', async () => {
    await home.measure(home.nowS() - 60, home.nowS(), () => -2500)
    const page = await open()
    await says(page, '.direction', 'U injecteert op het net')
    await page.locator('.banner select').last().selectOption('fr')
    await says(page, '.direction', 'Vous injectez sur le réseau')
    await page.reload()
    await says(page, '.direction', 'Vous injectez sur le réseau')
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('fr')
  })

  test('in every language, light and dark, small and large: WCAG 2.2 AA, and never a sideways scroll', async () => {
    const now = home.nowS()
    await home.measure(now - 400, now - 100, sunnyHome, [{ count: 6, reason: 'crc' }])
    await home.measure(now - 50, now - 1, sunnyHome)
    await home.measure(now, now, () => -2500)
    for (const [width, colorScheme, locale, words, power] of [
      [320, 'light', 'de-DE', 'Sie speisen Strom ins Netz ein', /^2,50 kW$/],
      [1400, 'light', 'nl-BE', 'U injecteert op het net', /^2,50 kW$/],
      [390, 'dark', 'fr-BE', 'Vous injectez sur le réseau', /^2,50 kW$/],
      [820, 'dark', 'en-GB', 'You inject into the grid', /^2\.50 kW$/],
    ] as const) {
      const page = await open(home.link, { viewport: { width, height: 900 }, colorScheme, locale })
      await says(page, '.direction', words)
      await says(page, '#power-now', power)
      await says(page, '.missing', /\d/)
      await keepPicture(page, `portal-${width}-${colorScheme}-${locale.slice(0, 2)}`)
      await page.locator('summary').click()
      await expectNoAxeViolations(page)
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
    }
  })

  test('everything can be done from the keyboard, and the chart reads out its values', async () => {
    const now = home.nowS()
    await home.measure(now - 400, now, () => 1234)
    const page = await open()
    await says(page, '#power-now', /^1,23 kW$/)
    const focused = () => page.evaluate('document.activeElement.getAttribute("role") ?? document.activeElement.tagName')
    const reached: unknown[] = []
    for (let i = 0; i < 13; i++) {
      await page.keyboard.press('Tab')
      reached.push(await focused())
    }
    expect(reached).toEqual([
      'A',
      'A',
      'A',
      'A',
      'A',
      'A',
      'SELECT',
      'INPUT',
      'slider',
      'SUMMARY',
      'BUTTON',
      'BUTTON',
      'BODY',
    ])
    await page.getByRole('slider').focus()
    await page.keyboard.press('PageDown')
    const read = async () => plain((await page.getByRole('slider').getAttribute('aria-valuetext'))!)
    await expect.poll(read).toMatch(/^\d\d:\d\d:\d\d · Afname 1,23 kW$/)
    const before = await read()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(read).not.toBe(before)
    await page.keyboard.press('Escape')
    await expect.poll(read).toBe('Afname: hoogste 1,23 kW')
  })

  test('values run without moving the page and without talking over the reader', async () => {
    let toS = home.nowS() - 8
    await home.measure(toS - 400, toS, () => 900)
    /** The meter goes on, however slow this machine is: a page without readings for half a minute would say so. */
    const goOn = async (nextS: number, watts: number) => {
      if (nextS <= toS) return
      await home.measure(toS + 1, nextS, () => watts)
      toS = nextS
    }
    const page = await open('about:blank')
    await page.addInitScript(`
      globalThis.shift = 0; globalThis.spoken = [];
      new PerformanceObserver(list => { for (const e of list.getEntries()) globalThis.shift += e.value })
        .observe({ type: 'layout-shift', buffered: true });
      document.addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
        const text = document.querySelector('[role="status"]')?.textContent ?? '';
        if (text !== '' && text !== globalThis.spoken.at(-1)) globalThis.spoken.push(text)
      }).observe(document.body, { subtree: true, childList: true, characterData: true }));
    `)
    await page.goto(home.link)
    const status = async () => {
      await goOn(home.nowS() - 8, 900)
      return page.locator('[role="status"]').innerText()
    }
    await expect.poll(status).toMatch(/^Verbonden/)
    for (let i = 7; i >= 0; i--) {
      await goOn(Math.max(toS + 1, home.nowS() - i), 900 + i * 37)
      await says(page, '#power-now', i === 0 ? /^900 W$/ : /kW$|9\d\d W$/)
    }
    await says(page, '.quality', /metingen/)
    expect(await page.evaluate('globalThis.spoken')).toHaveLength(1)
    expect(await page.evaluate('globalThis.shift')).toBeLessThan(0.05)
  })
})
