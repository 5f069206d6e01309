// The page of one's data in a real browser on a real backend: taking out what was measured as a table and as JSON, and having it erased.

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NOON_S } from '../support/batches.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, says } from '../support/browser.ts'
import { type ClaimedHome, HOME_SERIAL, openClaimedHome, type Person } from '../support/claimed-home.ts'
import { type PortalPages, portalPages } from '../support/portal-pages.ts'

if (CHROMIUM === undefined) {
  process.stderr.write(
    'skipped: test/e2e/data-page.test.ts needs Chromium (apt install chromium-headless-shell, or chromium, or CHROMIUM=/path)\n',
  )
}

let pages: PortalPages
let home: ClaimedHome
let anna: Person
let address: string

async function open(): Promise<Page> {
  const { page } = await pages.visit('about:blank', { acceptDownloads: true })
  await page.goto(`${address}/?key=${anna.accessKey}`)
  // signed in: going on sooner would take the answer away
  await expect.poll(async () => (await page.context().cookies()).length).toBeGreaterThan(0)
  await page.goto(`${address}/#data`)
  await says(page, 'h1', 'Uw gegevens')
  return page
}

/** What a click saves. */
async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

describe.skipIf(CHROMIUM === undefined)('the page of one’s data', () => {
  pages = portalPages()
  beforeEach(async () => {
    home = await openClaimedHome({ config: { portalDir: pages.dir } })
    address = await home.listen()
    home.clock.nowS = NOON_S + 100
    anna = await home.person('person-A')
    await home.market({ sinceS: NOON_S - 86_400 })
    const dongle = await home.fresh()
    await home.claim(anna, dongle)
    await home.says(dongle, HOME_SERIAL)
    await home.measures(dongle, NOON_S)
  })
  afterEach(async () => {
    const errors = await pages.leave()
    await home.stop()
    expect(errors).toEqual([])
  })

  test('gives every reading as a table and as JSON, for the days that are asked for', async () => {
    const page = await open()
    const day = new Date(NOON_S * 1000).toISOString().slice(0, 10)
    await page.getByLabel('Van', { exact: true }).fill(day)
    await page.getByLabel('Tot', { exact: true }).fill(day)
    await page.getByLabel('Hoe fijn').selectOption('raw')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'data')
    const table = await saved(page, 'Als tabel')
    expect(table.name).toBe(`readings-${day}-${day}-raw.csv`)
    const lines = table.text.trim().split('\n')
    expect(lines[0]).toMatch(/^timeS,/)
    expect(lines.slice(1).map(line => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: 10 }, (_, i) => NOON_S + i),
    )
    await says(page, '.take-out [role="status"]', 'Het staat op uw toestel')
    const json = JSON.parse((await saved(page, 'Als JSON')).text)
    expect(json.flatMap(({ timeS }: { timeS: number[] }) => timeS)).toHaveLength(10)
    await page.getByLabel('Van', { exact: true }).fill('2020-01-01')
    await page.getByLabel('Tot', { exact: true }).fill('2020-01-02')
    await page.getByRole('button', { name: 'Als tabel' }).click()
    await says(page, '.take-out [role="status"]', 'In deze dagen is niets gemeten')
  })

  test('erases after one question, where no is as near as yes', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Wissen' }).click()
    await says(page, '.ask', /niemand kan het hier nog lezen.*U deelt dan met niemand meer/)
    await expectNoAxeViolations(page)
    await keepPicture(page, 'data-erase')
    await page.keyboard.press('Enter') // no has the focus
    expect(await home.sees(anna)).toHaveLength(10)
    await page.getByRole('button', { name: 'Wissen' }).click()
    await page.getByRole('button', { name: 'Ja, wissen' }).click()
    await says(page, '.ask [role="alert"]', 'meld u eerst opnieuw aan') // a key does not say who holds it
    await page.keyboard.press('Enter')
    await page.getByLabel('Wachtwoord').fill(anna.accessKey)
    await page.getByRole('button', { name: 'Aanmelden' }).click()
    await says(page, '.ask', 'Wat u koos staat er nog')
    await expectNoAxeViolations(page)
    expect(await home.sees(anna)).toHaveLength(10)
    await page.getByRole('button', { name: 'Ja, wissen' }).click()
    await says(page, '.told', 'Gewist.')
    expect(await home.sees(anna)).toEqual([])
  })
})
