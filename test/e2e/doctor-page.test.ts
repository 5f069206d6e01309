// "My dongle" and support's page in a real browser on a real backend: the sentence, the one thing to do, the list, in four languages, for everybody to use.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { type LivingHome, OPERATOR_KEY, openLivingHome } from '../support/living-home.ts'
import { portalPages } from '../support/portal-pages.ts'
import { identityOf } from '../support/scripted-dongle.ts'

let home: LivingHome

const told = (change: Partial<DongleStatus>): Promise<void> =>
  home.backend.ingest.note({
    dongleId: home.dongleId,
    boot: 4,
    receivedAtMs: home.nowS() * 1000,
    firmware: '0.1.0',
    resetReason: 'power',
    rssiDbm: -61,
    p1Trouble: 'none',
    linkReasons: '4 1:2 4:3',
    ringBytes: 4096,
    ringCapacityBytes: 1_000_000,
    ...change,
  })

describe.skipIf(CHROMIUM === undefined)('my dongle on the page', () => {
  const pages = portalPages()
  beforeAll(async () => {
    home = await openLivingHome(pages.dir)
    const now = home.nowS()
    await home.measure(now - 400, now, () => 1234)
  })
  afterAll(async () => {
    await home?.end()
  })

  test('says what is the matter and the one thing to do, in four languages, wide and narrow, light and dark', async () => {
    await told({ p1Trouble: 'silence', resetReason: 'power x3' })
    for (const [width, colorScheme, locale, say, also, happened] of [
      [320, 'light', 'de-DE', /Der Strom fällt .* immer wieder aus/, /Der Zähler sendet/, /Was geschehen ist/],
      [390, 'dark', 'nl-BE', /De stroom valt telkens weg/, /De meter stuurt niets/, /Wat er gebeurde/],
      [820, 'light', 'fr-BE', /Le courant manque sans cesse/, /Le compteur n’envoie rien/, /Ce qui s’est passé/],
      [1400, 'dark', 'en-GB', /The power fails again and again/, /The meter sends nothing/, /What happened/],
    ] as const) {
      const { page, errors, close } = await pages.visit(home.link, {
        viewport: { width, height: 900 },
        colorScheme,
        locale,
      })
      const card = page.locator('.doctor')
      await says(page, '.doctor .diagnosis', say)
      await says(page, '.doctor .steps', also)
      await card.getByRole('button', { name: happened }).click()
      await expect.poll(() => card.locator('.happenings li').count()).toBeGreaterThan(4)
      await card.scrollIntoViewIfNeeded()
      await expectNoAxeViolations(page)
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
      await keepPicture(page, `doctor-${width}-${colorScheme}-${locale.slice(0, 2)}`)
      expect(errors).toEqual([])
      await close()
    }
  })

  test('looks again when asked, and is content when all is well', async () => {
    await told({ p1Trouble: 'inverted' })
    const { page, errors, close } = await pages.visit(home.link, {
      viewport: { width: 390, height: 844 },
      locale: 'en-GB',
    })
    const card = page.locator('.doctor')
    await says(page, '.doctor .diagnosis', /upside down/)
    await told({ p1Trouble: 'none', linkReasons: '4 1:2 4:3' })
    await card.getByRole('button', { name: 'Check again' }).click()
    await expect.poll(() => card.locator('.diagnosis').getAttribute('data-code')).toBe('all-well')
    await expect.poll(() => card.innerText()).not.toMatch(/What to do now/)
    expect(errors).toEqual([])
    await close()
  })

  test('looks again by itself soon while something is the matter', async () => {
    await told({ p1Trouble: 'inverted' })
    const { page, errors, close } = await pages.visit('about:blank', { locale: 'en-GB' })
    await page.clock.install()
    await page.goto(home.link)
    await says(page, '.doctor .diagnosis', /upside down/)
    await told({ p1Trouble: 'none', linkReasons: '4 1:2 4:3' })
    await page.clock.fastForward(10_000)
    await expect.poll(() => page.locator('.diagnosis').getAttribute('data-code')).toBe('all-well')
    expect(errors).toEqual([])
    await close()
  })

  test('is read to its owner from support’s page: by number and key, with keys alone, in four languages', async () => {
    await told({ p1Trouble: 'silence', resetReason: 'power x3' })
    const number = `${home.dongleId.slice(0, 4)}-${home.dongleId.slice(4)}`.toLowerCase()
    for (const [width, colorScheme, locale, standing, say, next] of [
      [
        320,
        'light',
        'de-DE',
        /Mit Ihrem Zähler verbunden|Verbunden/,
        /Der Strom fällt .* immer wieder aus/,
        /USB-Netzteil/,
      ],
      [390, 'dark', 'nl-BE', /meter/, /De stroom valt telkens weg/, /USB-voeding/],
      [820, 'light', 'fr-BE', /compteur/, /Le courant manque sans cesse/, /alimentation USB/],
      [1400, 'dark', 'en-GB', /Linked with your meter/, /The power fails again and again/, /USB power supply/],
    ] as const) {
      const { page, errors, close } = await pages.visit(`${home.address}/operator`, {
        viewport: { width, height: 900 },
        colorScheme,
        locale,
      })
      await page.locator('#key').focus()
      await page.keyboard.type(OPERATOR_KEY)
      await page.keyboard.press('Tab')
      await page.keyboard.type(number)
      await page.keyboard.press('Enter')
      await expect.poll(() => page.locator('.diagnosis').innerText()).toMatch(say)
      expect(await page.locator('.diagnosis').innerText()).toMatch(next)
      expect(await page.locator('.standing').innerText()).toMatch(standing)
      expect(await page.locator('.happenings li:visible').count()).toBeGreaterThan(4)
      await expectNoAxeViolations(page)
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
      await keepPicture(page, `operator-${width}-${colorScheme}-${locale.slice(0, 2)}`)
      expect(
        await page.evaluate('JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])'),
      ).not.toContain(OPERATOR_KEY)
      expect(errors).toEqual([])
      await close()
    }
  })

  test('on support’s page: a mistyped number, a strange one, and a key that is none each have their sentence', async () => {
    const { page, errors, close } = await pages.visit(`${home.address}/operator/`, { locale: 'en-GB' })
    const look = async (key: string, number: string): Promise<void> => {
      await page.locator('#key').fill(key)
      await page.locator('#dongle').fill(number)
      await page.getByRole('button', { name: 'Look' }).click()
    }
    const problem = () => page.locator('#problem').innerText()
    await look(OPERATOR_KEY, `${home.dongleId.slice(0, 12)}${home.dongleId.endsWith('0') ? '1' : '0'}`)
    await expect.poll(problem).toMatch(/typing error/)
    expect(await page.locator('#dongle').getAttribute('aria-invalid')).toBe('true')
    await look(OPERATOR_KEY, identityOf(71).dongleId)
    await expect.poll(problem).toMatch(/knows no dongle/)
    await look('a-key-that-is-nobody-s-at-all', home.dongleId)
    await expect.poll(problem).toMatch(/not an operator/)
    expect(await page.evaluate('document.activeElement.id')).toBe('key')
    await expectNoAxeViolations(page)
    const { accessKey } = await home.backend.openOperator('support')
    await look(accessKey, home.dongleId)
    await expect.poll(() => page.locator('.doctor .diagnosis').count()).toBe(1)
    expect(await problem()).toBe('')
    expect(errors).toEqual([])
    await close()
  })
})
