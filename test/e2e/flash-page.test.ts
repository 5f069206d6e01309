// The page that makes dongles, in a real browser on a real backend, with a simulated board behind navigator.serial.

import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityIn } from '../../installer/flash/plan.ts'
import { buildFlashPage } from '../../scripts/build-flash-page.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, launchBrowser } from '../support/browser.ts'
import { type Board, type BoardOptions, openBoard } from '../support/esp32/board.ts'
import { bridgeTo } from '../support/fake-web-serial.ts'
import { type BenchFiles, benchFiles } from '../support/flash-bench.ts'
import { seenIn } from '../support/read-label.ts'

if (CHROMIUM === undefined) {
  process.stderr.write(
    'skipped: test/e2e/flash-page.test.ts needs Chromium (apt install chromium-headless-shell, or chromium, or CHROMIUM=/path)\n',
  )
}

describe.skipIf(CHROMIUM === undefined)('the page that makes dongles', () => {
  let files: BenchFiles
  let backend: TestBackend
  let address: string
  let key: string
  let browser: Browser
  let boards = 0

  beforeAll(async () => {
    files = await benchFiles()
    const folder = files.path('flash-page')
    await buildFlashPage({ folder, configPath: files.configPath, bundlePath: files.bundlePath })
    backend = await openTestBackend({ config: { flashPageDir: folder } })
    address = `${await backend.listen()}/flash/`
    key = (await backend.backend.openInstaller('bench')).accessKey
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await backend?.stop()
    files?.remove()
  })

  async function openPage(options: Partial<BoardOptions> = {}) {
    const flashPath = options.flashPath ?? files.path(`chip-${boards++}.flash`)
    const board: Board = openBoard({ ...options, flashPath })
    const page = await browser.newPage({ viewport: { width: 900, height: 1000 } })
    const errors: string[] = []
    page.on('pageerror', error => void errors.push(error.message))
    page.on('console', message => void (message.type() === 'error' && errors.push(message.text())))
    await bridgeTo(page, board)
    await page.goto(address)
    const end = async (): Promise<void> => {
      await page.close()
      await board.stop()
    }
    return { page, board, flashPath, errors, end }
  }

  async function flash(page: Page, withKey = key): Promise<void> {
    await page.fill('#key', withKey)
    await page.click('#go')
    await page.waitForSelector('#label:not([hidden]), #trouble:not([hidden])')
  }

  test('does what the command does: chip, self-test, registration, label', async () => {
    const { page, flashPath, errors, end } = await openPage()
    await flash(page)
    expect(await page.locator('#trouble').innerText()).toBe('')
    await page.waitForFunction("document.querySelectorAll('#steps li').length === 6")
    const steps = await page.locator('#steps li').evaluateAll(lines => lines.map(line => line.dataset.step))
    expect(steps).toEqual(['connect', 'identity', 'write', 'selftest', 'register', 'label'])
    const identity = identityIn(readFileSync(flashPath).subarray(0x310000, 0x316000))!
    const label = seenIn(await pictureOf(page))
    expect(label.claim.dongleId).toBe(identity.dongleId)
    expect(label.setup).toContain(identity.setupPassword)
    expect(await page.locator('#steps').innerText()).not.toContain(label.claim.code)
    expect(errors).toEqual([])
    await keepPicture(page, 'flash-page')
    await end()
  })

  test('a cable pulled in the middle is said with what to do, and once more finishes the dongle', async () => {
    const first = await openPage({ fault: packet => (packet === 50 ? 'lose' : 'none') })
    await flash(first.page)
    expect(await first.page.locator('#trouble').getAttribute('data-code')).toBe('port.lost')
    await first.end()
    const second = await openPage({ flashPath: first.flashPath })
    await flash(second.page)
    expect(await second.page.locator('#trouble').innerText()).toBe('')
    await second.end()
  })

  test('a wrong key is refused in words, after the chip was written', async () => {
    const { page, end } = await openPage()
    await flash(page, 'nrt_wrong')
    expect(await page.locator('#trouble').innerText()).toContain('access.missing')
    await end()
  })

  test('an engine file that changed on its way is not written', async () => {
    const path = files.path('flash-page/engine.bin')
    const right = readFileSync(path)
    writeFileSync(
      path,
      right.map((byte, i) => (i === 5 ? byte ^ 1 : byte)),
    )
    const { page, board, end } = await openPage()
    await flash(page)
    expect(await page.locator('#trouble').getAttribute('data-code')).toBe('engine.hash')
    expect(board.packets).toBe(0)
    writeFileSync(path, right)
    await end()
  })

  test('can be used by everybody (WCAG), and says so where the browser has no Web Serial, each in its language', async () => {
    const { page, end } = await openPage()
    await expectNoAxeViolations(page, true)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await page.selectOption('#language', 'fr')
    expect(await page.locator('html').getAttribute('lang')).toBe('fr')
    expect(await page.locator('#go').innerText()).toBe('Choisir la carte et la flasher')
    await end()
    const bare = await browser.newPage({ locale: 'nl-BE' })
    await bare.addInitScript(
      "Object.defineProperty(Navigator.prototype, 'serial', { value: undefined }); delete Navigator.prototype.serial",
    )
    await bare.goto(address)
    await expect.poll(() => bare.locator('#unable').innerText()).toContain('Deze browser kan niet')
    await expect.poll(() => bare.locator('#go').isDisabled()).toBe(true)
    await bare.close()
  })
})

/** The drawn label as a picture of its own size, as a camera has it. */
async function pictureOf(page: Page): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { PNG } = await import('pngjs')
  const svg = await page.locator('#drawing').innerHTML()
  const sheet = await page.context().browser()!.newPage()
  await sheet.setViewportSize({ width: 400, height: 240 })
  await sheet.setContent(
    `<body style="margin:0">${svg.replace(/ width="50mm" height="30mm"/, ' width="400" height="240"')}`,
  )
  const png = PNG.sync.read(await sheet.screenshot())
  await sheet.close()
  return png
}
