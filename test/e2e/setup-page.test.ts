// The setup page as people see it: a phone's browser in the dongle's own network, the page as the dongle sends it, in four languages;
// each thing that can be wrong gets its sentence. The dongle is the virtual one with the real program.

import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { LANGUAGES, type Word, type Words } from '../../firmware/setup/page/words.ts'
import { setupNetworkName } from '../../shared/kernel/claim-code.ts'
import { CHROMIUM, expectNoAxeViolations, keepPicture, launchBrowser, type Visit, visit } from '../support/browser.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { joinSetup, SETUP_ADDRESS } from '../support/setup-phone.ts'
import {
  accessPoint,
  openSetupBench,
  request,
  SETUP_PASSWORD,
  type SetupBenchOptions,
  setupIdentity,
} from '../support/setup-under-test.ts'

const EVIL = '<img src=x onerror=alert(1)>'
const POINTS = [
  accessPoint('Thuis', { rssi: -52 }),
  accessPoint(EVIL, { rssi: -64 }),
  accessPoint('Café “Zwin”', { rssi: -75, authMode: 'open', password: undefined }),
  accessPoint('Buren', { rssi: -86 }),
  accessPoint('Schuur', { isHidden: true }),
]
// the engine hands names over as bytes
for (const point of POINTS) point.ssid = Buffer.from(point.ssid as string).toString('latin1')
const WAIT = { timeout: 120_000 }
/** Of the dongle's time: it says goodbye for 20 s, and a page on a busy machine has to hear of it in time. */
const UNHURRIED = { speed: 2 }

let browser: Browser
const opened: { stop(): Promise<void> }[] = []

async function aPhone(locale: string, options: Partial<SetupBenchOptions> = {}) {
  const bench = await openSetupBench({ gateway: { host: 'gateway.test', port: 9 }, points: POINTS, ...options })
  opened.push(bench)
  await bench.opened()
  const label = { ssid: setupNetworkName(setupIdentity.dongleId), password: SETUP_PASSWORD }
  const phone = await joinSetup(bench.house, label, bench.reach)
  const seen = await visit(browser, SETUP_ADDRESS, { locale, proxy: { server: phone.proxy, bypass: '' } })
  opened.push({ stop: () => seen.close() }, { stop: () => phone.leave() })
  await seen.page.getByRole('radio').first().waitFor(WAIT)
  return { bench, page: seen.page, seen }
}

async function aGateway(): Promise<number> {
  const under = await startGatewayUnderTest({ intervalS: 2 }, [setupIdentity])
  under.time.wallS = 1_790_000_000
  opened.push({ stop: () => under.gateway.stop() })
  return under.port
}

async function hasNoViolation(page: Page): Promise<void> {
  await expectNoAxeViolations(page, true)
  // and nothing is wider than the phone
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
}

/** Chooses a network by its name, types the password, and connects. */
async function connect(page: Page, words: Words, name: string, password: string): Promise<void> {
  await page.getByRole('radio', { name }).first().check()
  await page.locator('#password').fill(password)
  await page.getByRole('button', { name: words.go }).click()
}

/** The dongle's next answer to the page's question is there and does not reach it, until that is called. */
function holdAnswer(page: Page, port: number): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const hold = async (route: Route): Promise<void> => {
      const { cookie } = await route.request().allHeaders()
      const answer = await request(port, 'GET', '/state', cookie)
      // nobody waits for it any more when the page has lost its patience
      resolve(() => route.fulfill({ ...answer }).catch(() => {}))
    }
    page.route('**/state', route => hold(route).catch(reject), { times: 1 }).catch(reject)
  })
}

const said = (words: Words, word: Word, name = ''): string => words[word].replace('%', name)
const sees = (page: Page, text: string): Promise<void> => page.getByText(text, { exact: false }).first().waitFor(WAIT)
const noErrors = ({ errors }: Visit): void => expect(errors).toEqual([])

describe.skipIf(CHROMIUM === undefined)('the setup page', () => {
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.stop()
  })

  test.each([
    ['nl', 'nl-BE', 'wrongPassword', 4, 'Thuis', 'wrong-password', {}],
    ['fr', 'fr-BE', 'noInternet', 17, 'Thuis', 'right-password', { isDnsDead: true }],
    ['de', 'de-BE', 'noAddress', 11, 'Thuis', 'right-password', { ip: null }],
    ['en', 'en-GB', 'wrongPassword', 4, EVIL, 'wrong-password', {}],
  ] as const)('in %s says what is wrong: %s → %s', async (language, locale, word, code, name, password, unkind) => {
    const words = LANGUAGES[language] as Words
    const { bench, page, seen } = await aPhone(locale)
    expect(await page.getAttribute('html', 'lang')).toBe(language)
    await sees(page, words.title)
    await sees(page, words.meterGood)
    const rows = await page.locator('.row').allInnerTexts()
    expect(rows[0]).toContain(words.strong)
    expect(rows[1]).toContain(EVIL)
    expect(rows[2]).toMatch(new RegExp(`Café “Zwin”\\s+${words.weak}, ${words.open}`))
    expect(rows[3]).toContain(words.tooWeak)
    await hasNoViolation(page)
    await keepPicture(page, `setup-${language}-choose`)
    Object.assign(bench.house, unkind)
    await connect(page, words, name, password)
    await sees(page, said(words, word, name))
    await sees(page, said(words, 'code', String(code)))
    await hasNoViolation(page)
    await keepPicture(page, `setup-${language}-${word}`)
    noErrors(seen)
  })

  test('goes from nothing to a connection, and then its network is gone', async () => {
    const port = await aGateway()
    const words = LANGUAGES.nl as Words
    const { bench, page, seen } = await aPhone('nl-BE', { ...UNHURRIED, gateway: { host: 'localhost', port } })
    const release = await holdAnswer(page, await bench.opened())
    await connect(page, words, 'Thuis', 'right-password')
    await sees(page, said(words, 'joining', 'Thuis'))
    // an answer from before, overtaken by newer ones, changes nothing
    await release()
    expect(await page.locator('#form').isVisible()).toBe(false)
    await sees(page, words.done)
    await page.locator('#form').waitFor({ state: 'hidden' })
    await hasNoViolation(page)
    await keepPicture(page, 'setup-nl-done')
    await bench.waitFor(/^setup: closed/)
    await sees(page, words.done)
    expect(bench.config().networks).toEqual([{ ssid: 'Thuis', password: 'right-password' }])
    noErrors(seen)
  })

  test('says that there is no such network, then joins a hidden one beside a first one', async () => {
    const port = await aGateway()
    const words = LANGUAGES.fr as Words
    const { bench, page } = await aPhone('fr-FR', { ...UNHURRIED, gateway: { host: 'localhost', port } })
    await page.getByRole('radio', { name: words.otherNetwork }).check()
    await page.locator('#ssid').fill('Nulle part')
    await page.locator('#password').fill('right-password')
    await page.getByRole('button', { name: words.go }).click()
    await sees(page, said(words, 'noNetwork', 'Nulle part'))
    await keepPicture(page, 'setup-fr-noNetwork')
    await page.locator('#ssid').fill('Schuur')
    await page.getByText(words.second).click()
    await page.locator('#ssid2').fill('Thuis')
    await page.locator('#password2').fill('right-password')
    await hasNoViolation(page)
    await page.getByRole('button', { name: words.go }).click()
    await sees(page, words.done)
    await expect.poll(() => bench.config().networks.map(one => one.ssid), WAIT).toEqual(['Schuur', 'Thuis'])
  })

  test('keeps a network whose gateway is away, if its owner says so', async () => {
    const words = LANGUAGES.de as Words
    const { bench, page } = await aPhone('de-DE', { ...UNHURRIED, gateway: { host: 'localhost', port: 9 } })
    await page.getByRole('radio', { name: 'Café' }).check()
    await page.locator('#password').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: words.go }).click()
    await sees(page, said(words, 'unreachable', 'Café “Zwin”'))
    await hasNoViolation(page)
    await keepPicture(page, 'setup-de-unreachable')
    await page.getByRole('button', { name: words.keep }).click()
    await sees(page, words.kept)
    const kept = [{ ssid: Buffer.from('Café “Zwin”').toString('latin1'), password: '' }]
    await expect.poll(() => bench.config().networks, WAIT).toEqual(kept)
  })

  test('says how to open a closed P1 port, in the language that is switched to, and that the phone has left', async () => {
    const { bench, page, seen } = await aPhone('it-IT', { hasMeter: false })
    await sees(page, (LANGUAGES.en as Words).p1Silent)
    for (const language of ['nl', 'fr', 'de', 'en']) {
      const words = LANGUAGES[language] as Words
      await page.getByRole('button', { name: language.toUpperCase(), exact: true }).click()
      await sees(page, words.p1Silent)
      await sees(page, words.choose)
      await hasNoViolation(page)
      await keepPicture(page, `setup-${language}-p1Silent`)
    }
    await page.getByRole('radio', { name: 'Thuis' }).check()
    await page.locator('#password').fill('short')
    await page.getByRole('button', { name: (LANGUAGES.en as Words).go }).click()
    await sees(page, said(LANGUAGES.en as Words, 'shortPassword', 'Thuis'))
    const { own } = bench.house
    bench.house.own = undefined
    await sees(page, said(LANGUAGES.en as Words, 'lost', setupNetworkName(setupIdentity.dongleId)))
    bench.house.own = own
    await page.locator('#lost').waitFor({ state: 'hidden', ...WAIT })
    noErrors(seen)
  })
})
