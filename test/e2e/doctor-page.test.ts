// "My dongle" in a real browser on a real backend: the sentence, the one thing to do, the list, in four languages, for everybody to use.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { type LivingHome, openLivingHome } from '../support/living-home.ts'
import { portalPages } from '../support/portal-pages.ts'

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

describe.skipIf(CHROMIUM === undefined)('my dongle on the page', { timeout: 120_000 }, () => {
  const pages = portalPages()
  beforeAll(async () => {
    home = await openLivingHome(pages.dir)
    const now = home.nowS()
    await home.measure(now - 400, now, () => 1234)
  }, 120_000)
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
        script: home.clockScript,
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
      script: home.clockScript,
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
})
