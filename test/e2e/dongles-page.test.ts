// The page of one's dongles in a real browser on a real backend: claiming by hand and by camera, what each dongle waits for, what its owner does
// with it, in four languages, from the keyboard and for who listens. Only the camera's picture is made up.

import type { BrowserContextOptions, Page } from 'playwright-core'
import QRCode from 'qrcode'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claimSymbolText, grouped } from '../../shared/kernel/claim-code.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, plain, says } from '../support/browser.ts'
import { type ClaimedHome, HOME_SERIAL, openClaimedHome, type Person } from '../support/claimed-home.ts'
import { type PortalPages, portalPages } from '../support/portal-pages.ts'

if (CHROMIUM === undefined) {
  process.stderr.write(
    'skipped: test/e2e/dongles-page.test.ts needs Chromium (apt install chromium-headless-shell, or chromium, or CHROMIUM=/path)\n',
  )
}

let pages: PortalPages
let home: ClaimedHome
let anna: Person
let address: string

async function open(who: Person, options: BrowserContextOptions = {}, before?: (page: Page) => Promise<unknown>) {
  const opened = await pages.visit('about:blank', options)
  await before?.(opened.page)
  await opened.page.goto(`${address}/?key=${who.accessKey}`)
  // signed in: going on sooner would take the answer away
  await expect.poll(async () => (await opened.page.context().cookies()).length).toBeGreaterThan(0)
  await opened.page.goto(`${address}/#dongles`)
  return opened.page
}

describe.skipIf(CHROMIUM === undefined)('the page of one’s dongles', () => {
  pages = portalPages()
  beforeEach(async () => {
    home = await openClaimedHome({ config: { portalDir: pages.dir } })
    address = await home.listen()
    await home.market({})
    anna = await home.person('person-A')
  })
  afterEach(async () => {
    const errors = await pages.leave()
    await home.stop()
    expect(errors).toEqual([])
  })

  test('claims with what stands on the label, from the keyboard alone, and shows it bound when its meter has spoken', async () => {
    const dongle = await home.fresh()
    const page = await open(anna)
    await says(page, 'h1', 'Uw dongles')
    await page.getByLabel('Nummer van de dongle').focus()
    await page.keyboard.type(grouped(dongle.dongleId).toLowerCase())
    await page.keyboard.press('Tab')
    await page.keyboard.type(grouped(dongle.claimCode))
    await page.keyboard.press('Enter')
    await says(page, '.claim ~ [role="status"]', 'Deze dongle is nu van u')
    await says(page, '.dongle .verdict', 'Wachten op het eerste telegram')
    await expectNoAxeViolations(page)
    await keepPicture(page, 'dongles-claimed')
    await home.says(dongle, HOME_SERIAL)
    await says(page, '.dongle .verdict', 'Verbonden met uw meter')
    await page.locator('.history summary').click()
    await says(page, '.history', /Verbonden met uw meter \(toegangsregister\).*Geclaimd \(u\)/)
    await expectNoAxeViolations(page)
    await keepPicture(page, 'dongles-bound')
  })

  test('finds a typing error itself, at its field, and asks nobody', async () => {
    const dongle = await home.fresh()
    const page = await open(anna)
    const asked: string[] = []
    page.on('request', request => void (request.method() === 'POST' && asked.push(request.url())))
    await page.getByLabel('Nummer van de dongle').fill(dongle.dongleId.replace(/.$/, '?'))
    await page.getByLabel('Claimcode').fill(dongle.claimCode)
    await page.getByRole('button', { name: 'Claimen' }).click()
    await says(page, '#dongle-id-help', 'verkeerd getypt')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('dongle-id')
    await page.getByLabel('Nummer van de dongle').fill(dongle.dongleId)
    await page.getByLabel('Claimcode').fill(dongle.dongleId) // the id once more, in place of the code
    await page.getByRole('button', { name: 'Claimen' }).click()
    await says(page, '#claim-code-help', 'verkeerd getypt')
    await expect.poll(() => page.getByLabel('Claimcode').getAttribute('aria-invalid')).toBe('true')
    await expectNoAxeViolations(page)
    expect(asked).toEqual([])
  })

  test('says what is wrong with a code and with too many', async () => {
    const [dongle, other] = [await home.fresh(), await home.fresh()]
    const page = await open(anna)
    for (let i = 0; i < 6; i++) {
      await page.getByLabel('Nummer van de dongle').fill(dongle.dongleId)
      await page.getByLabel('Claimcode').fill(other.claimCode)
      await page.getByRole('button', { name: 'Claimen' }).click()
      await says(page, '.claim ~ [role="status"]', i < 5 ? 'hoort niet bij deze dongle' : 'Te veel pogingen')
    }
    await expectNoAxeViolations(page)
  })

  test('fills both fields from a symbol’s text, wherever it is pasted, and claims when the terms of use are accepted', async () => {
    const dongle = await home.fresh()
    const headers = { authorization: `Bearer ${anna.accessKey}` }
    await home.backend.app.inject({ method: 'DELETE', url: '/api/v1/terms/acceptance', headers })
    const page = await open(anna)
    await page.getByLabel('Claimcode').fill(claimSymbolText(dongle.dongleId, dongle.claimCode))
    await expect.poll(() => page.getByLabel('Nummer van de dongle').inputValue()).toBe(dongle.dongleId)
    await page.keyboard.press('Enter')
    await says(page, '.claim ~ [role="status"]', 'Eerst komen de gebruiksvoorwaarden')
    await page.getByLabel('Ik heb de voorwaarden gelezen').check()
    await expectNoAxeViolations(page)
    await page.getByRole('button', { name: 'Aanvaarden' }).click()
    await says(page, '.dongle .verdict', 'Geclaimd')
  })

  test('reads the label with the camera, passes over the Wi-Fi’s symbol, and switches the camera off', async () => {
    const dongle = await home.fresh()
    const seen = JSON.stringify(['WIFI:T:WPA;S:NRT-X;P:x;;', claimSymbolText(dongle.dongleId, dongle.claimCode)])
    const page = await open(anna, {}, async opened => {
      await opened.addInitScript(`
        const seen = ${seen};
        globalThis.BarcodeDetector = class { async detect() { return [{ rawValue: seen.length > 1 ? seen.shift() : seen[0] }] } };
        navigator.mediaDevices.getUserMedia = async () => {
          const canvas = document.createElement('canvas');
          canvas.getContext('2d').fillRect(0, 0, 9, 9);
          return globalThis.stream = canvas.captureStream();
        };
      `)
    })
    await page.getByRole('button', { name: 'Het label scannen' }).click()
    await says(page, '.dongle .verdict', 'Geclaimd')
    await expect.poll(() => page.locator('video').count()).toBe(0)
    await expect.poll(() => page.evaluate('stream.getTracks().every(track => track.readyState === "ended")')).toBe(true)
  })

  test('without a camera that may be used says so, and typing still works; without a reader there is no such button', async () => {
    const denied = await open(anna, {}, opened =>
      opened.addInitScript(`
        globalThis.BarcodeDetector = class { async detect() { return [] } };
        navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError') };
      `),
    )
    await denied.getByRole('button', { name: 'Het label scannen' }).click()
    await says(denied, '.claim ~ [role="status"]', 'De browser mag de camera niet gebruiken')
    await expectNoAxeViolations(denied)
    const plainPage = await open(anna, {}, opened =>
      opened.addInitScript('Object.defineProperty(navigator, "mediaDevices", { value: undefined })'),
    )
    await says(plainPage, 'h2', 'Een dongle toevoegen')
    expect(await plainPage.getByRole('button', { name: 'Het label scannen' }).count()).toBe(0)
  })

  test('is scanned also where the browser cannot read symbols itself', async () => {
    const dongle = await home.fresh()
    const { modules } = QRCode.create(claimSymbolText(dongle.dongleId, dongle.claimCode), { errorCorrectionLevel: 'M' })
    const dots = JSON.stringify({ size: modules.size, data: [...modules.data] })
    const page = await open(anna, {}, opened =>
      opened.addInitScript(`
        Object.defineProperty(globalThis, 'BarcodeDetector', { value: undefined });
        navigator.mediaDevices.getUserMedia = async () => {
          const { size, data } = ${dots};
          const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
          const pen = canvas.getContext('2d');
          const draw = () => {
            pen.fillStyle = '#ddd';
            pen.fillRect(0, 0, 640, 480);
            pen.fillStyle = '#222';
            data.forEach((isDark, i) => isDark && pen.fillRect(200 + (i % size) * 8, 120 + Math.floor(i / size) * 8, 8, 8));
            requestAnimationFrame(draw);
          };
          draw();
          return canvas.captureStream();
        };
      `),
    )
    await page.getByRole('button', { name: 'Het label scannen' }).click()
    await says(page, '.dongle .verdict', 'Geclaimd')
  })

  test('reports a loss after one more question, and takes it back', async () => {
    const dongle = await home.fresh()
    await home.claim(anna, dongle)
    await home.says(dongle, HOME_SERIAL)
    const page = await open(anna)
    await page.getByRole('button', { name: 'Verlies of diefstal melden' }).click()
    await says(page, '.ask legend', 'meteen afgesloten')
    await expect
      .poll(async () => plain((await page.evaluate('document.activeElement.textContent')) as string))
      .toBe('Ja')
    await page.getByRole('button', { name: 'Nee' }).click()
    expect(await home.stateOf(dongle)).toBe('bound')
    await page.getByRole('button', { name: 'Verlies of diefstal melden' }).click()
    await expectNoAxeViolations(page)
    await page.getByRole('button', { name: 'Ja' }).click()
    await says(page, '.dongle .verdict', 'Verloren gemeld')
    await expect.poll(() => home.cut).toEqual([`${dongle.dongleId} lost`])
    await page.getByRole('button', { name: 'Ik heb hem teruggevonden' }).click()
    await page.getByRole('button', { name: 'Ja' }).click()
    await says(page, '.dongle .verdict', 'Wachten op het eerste telegram')
  })

  test('gives one away with a code that the next person claims it with', async () => {
    const dongle = await home.fresh()
    await home.claim(anna, dongle)
    const page = await open(anna)
    await page.getByRole('button', { name: 'Weggeven' }).click()
    await page.getByRole('button', { name: 'Ja' }).click()
    await says(page, '.new-code', /Voor de volgende eigenaar: dongle .{16}, claimcode .{16} /)
    const code = /claimcode (\S{16})/.exec(await page.locator('.new-code').innerText())?.[1] ?? ''
    await says(page, '.dongles', 'U hebt nog geen dongle')
    await says(page, '.dongles', 'Dongles die u vroeger had')
    await expectNoAxeViolations(page)
    const bert = await home.person('person-B')
    const claimed = await home.claim(bert, { dongleId: dongle.dongleId, claimCode: code.replaceAll('-', '') })
    expect(claimed.body.state).toBe('claimed')
  })

  test('in every language, light and dark, small and large, in every state: WCAG 2.2 AA, and never a sideways scroll', async () => {
    const [waiting, wrong, bound, moving, lost] = await Promise.all(Array.from({ length: 5 }, () => home.fresh()))
    for (const dongle of [waiting, wrong, bound, moving, lost]) {
      await home.claim(anna, dongle!)
      home.clock.nowS += 61
    }
    await home.says(wrong!, 'OTHER0000000001')
    await home.says(bound!, HOME_SERIAL)
    await home.says(moving!, HOME_SERIAL)
    await home.act(anna, moving!, 'move')
    await home.act(anna, lost!, 'report-lost')
    for (const [width, colorScheme, locale, words] of [
      [320, 'light', 'de-DE', 'an einem Zähler, der laut Zugangsregister nicht Ihrer ist'],
      [1400, 'light', 'nl-BE', 'een meter die volgens het toegangsregister niet van u is'],
      [390, 'dark', 'fr-BE', 'un compteur qui, selon le registre d’accès, n’est pas le vôtre'],
      [820, 'dark', 'en-GB', 'a meter that is not yours according to the access register'],
    ] as const) {
      const page = await open(anna, { viewport: { width, height: 900 }, colorScheme, locale })
      await says(page, '.dongles', words)
      await expect.poll(() => page.locator('.dongle').count()).toBe(5)
      await page.locator('.history summary').first().click()
      await expectNoAxeViolations(page)
      await keepPicture(page, `dongles-${width}-${colorScheme}-${locale.slice(0, 2)}`)
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
    }
  })

  test('is one step from the live page and back, and each begins at its content', async () => {
    const page = await open(anna)
    await page.getByRole('link', { name: 'Uw elektriciteit' }).click()
    await says(page, 'h1', 'Uw elektriciteit nu')
    // the focus is there as soon as what is drawn is, or the next key would find it taken away under it
    const focused = page.evaluate(`new Promise(done => {
      new MutationObserver(() => {
        if (document.querySelector('h1').innerText === 'Uw dongles') done(document.activeElement.id)
      }).observe(document.body, { childList: true, subtree: true, characterData: true })
    })`)
    await page.getByRole('link', { name: 'Dongles' }).press('Enter')
    expect(await focused).toBe('content')
    await says(page, 'h1', 'Uw dongles')
    await expect.poll(() => page.title()).toBe('Uw dongles · nrt')
    await page.locator('.skip').press('Enter')
    await says(page, 'h1', 'Uw dongles')
  })

  test('a stranger signs up, is given a mandate, looks in its giver’s name, and no longer when it is taken back', async () => {
    const dongle = await home.fresh()
    await home.claim(anna, dongle)
    const giver = (await pages.visit(`${address}/#account`)).page
    await giver.getByRole('link', { name: 'Aanmelden' }).click()
    await says(giver, 'h1', 'Aanmelden')
    await expectNoAxeViolations(giver)
    await giver.getByLabel('Wachtwoord').fill(anna.accessKey)
    await giver.getByRole('button', { name: 'Aanmelden' }).click()
    await says(giver, '#who', 'Aangemeld als')
    await giver.getByRole('button', { name: 'Mandaat geven' }).click()
    await says(giver, '.code', /Code: [0-9A-F]{20}/)
    const code = (await giver.locator('.code').innerText()).slice('Code: '.length)

    const holder = (await pages.visit(`${address}/#account`, { locale: 'en-GB' })).page
    await holder.getByRole('link', { name: 'Sign in' }).click()
    await holder.getByRole('link', { name: 'I have no account yet' }).click()
    await expectNoAxeViolations(holder)
    await holder.getByLabel('Your name').fill('Bert')
    await holder.getByLabel('User name').fill('bert')
    await holder.getByLabel('Password').fill('a sentence that nobody guesses')
    await holder.getByRole('button', { name: 'Make the account' }).click()
    await says(holder, '#who', 'Signed in as Bert')
    await holder.getByLabel('Code').fill(code)
    await holder.getByRole('button', { name: 'Take' }).click()
    await says(holder, '[role="status"]', 'You now have a mandate')
    await expectNoAxeViolations(holder)
    await keepPicture(holder, 'account-mandate')
    await holder.getByRole('button', { name: /^See for/ }).click()
    await says(holder, '.acting', 'You are looking in the name of')
    await holder.goto(`${address}/#dongles`)
    await says(holder, '.dongle h2', grouped(dongle.dongleId))

    await giver.reload()
    await says(giver, '.mandates', /Bert Alleen kijken\. Geldig tot .*laatst gebruikt/)
    await expectNoAxeViolations(giver)
    await keepPicture(giver, 'account-given')
    await giver.getByRole('button', { name: 'Beëindigen' }).click()
    await says(giver, '.mandates', 'Beëindigd')
    await holder.reload()
    await expect.poll(() => holder.locator('.dongle').count()).toBe(0)
    await holder.getByRole('button', { name: 'Back to myself' }).click()
    await expect.poll(() => holder.locator('.acting').count()).toBe(0)
    await holder.goto(`${address}/#account`)
    await holder.getByRole('button', { name: 'Sign out', exact: true }).click()
    await expect
      .poll(async () => (await holder.context().cookies()).map(({ name }) => name))
      .not.toContain('nrt_session')
  })
})
