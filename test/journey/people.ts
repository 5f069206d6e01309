// The people of the journey: each has a browser of their own, signs in through the identity service's form, and reads what the page says. Every picture of what
// they see is looked at by axe too. What is only asked to make sure goes over REST, as the page would ask: with their session.

import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Dictionary } from '../../backend/portal/text/dictionary.ts'
import { DICTIONARIES, type Language } from '../../backend/portal/text/languages.ts'
import { SIGN_IN_WORDS } from '../../backend/sign-in/embedded/words.ts'
import { axeViolations, plain, visit } from '../support/browser.ts'
import { until } from './parts.ts'

const PASSWORD = 'a sentence that nobody guesses'

export interface Person {
  name: string
  page: Page
  language: Language
  /** The words that their pages speak. */
  say: Dictionary
  /** Makes an account at the identity service, from the door of their pages, and comes back signed in. */
  makeAccount(): Promise<void>
  accountId(): Promise<string>
  /** Opens one of their pages, by the mark in its address. */
  go(page: string): Promise<void>
  /** Waits until the page, or a part of it, says so. */
  sees(text: string | RegExp, selector?: string): Promise<string>
  /** Signs in again where a page asks for it before an act; false: it does not. */
  signsInAgain(): Promise<boolean>
  /** Over REST, as their page would. Gives status and body. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: any }>
  /** The same, for what must come off. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  does(method: string, path: string, body?: object): Promise<any>
}

export interface People {
  /** Screenshots so far. */
  pictures: string[]
  /** Keeps what a person sees, numbered. Throws what axe has against it, and where a page is wider than its window. */
  picture(person: Person, name: string): Promise<void>
  /** `at`: whose pages they come to; the customer's where none are named. */
  arrive(name: string, language: Language, options?: { at?: 'operator/' | 'esp/'; isPhone?: boolean }): Promise<Person>
  /** Whoever did something last. */
  last(): Person | undefined
}

export function openPeople(browser: Browser, url: string, folder: string): People {
  const pictures: string[] = []
  let latest: Person | undefined
  return {
    pictures,
    last: () => latest,
    async picture({ page }, name) {
      const file = `${String(pictures.length + 1).padStart(2, '0')}-${name}.png`
      pictures.push(file)
      await page.screenshot({ path: join(folder, file), fullPage: true })
      if (name !== 'failed') await looksWell(page, file)
    },
    async arrive(name, language, { at = '', isPhone = true }: { at?: string; isPhone?: boolean } = {}) {
      const viewport = isPhone ? { width: 390, height: 844 } : { width: 1100, height: 800 }
      const options = { locale: `${language}-BE`, viewport, acceptDownloads: true }
      const { page, context } = await visit(browser, `${url}/${at}`, options)
      context.setDefaultTimeout(120_000)
      const person = personOf(name, page, url, at, language)
      const noted = (verb: 'go' | 'sees' | 'does') => {
        const plainly = person[verb] as (...args: unknown[]) => Promise<unknown>
        person[verb] = ((...args: unknown[]) => {
          latest = person
          return plainly(...args)
        }) as never
      }
      for (const verb of ['go', 'sees', 'does'] as const) noted(verb)
      latest = person
      return person
    },
  }
}

/** WCAG 2.2 AA by axe, and nothing that scrolls sideways. Throws what is wrong. */
export async function looksWell(page: Page, name: string): Promise<void> {
  const violations = await axeViolations(page)
  if (violations.length > 0) throw new Error(`axe has against ${name}: ${JSON.stringify(violations)}`)
  const width = page.viewportSize()?.width ?? 0
  const needed = Number(await page.evaluate('document.documentElement.scrollWidth'))
  if (needed > width) throw new Error(`${name} is ${needed} pixels wide in a window of ${width}`)
}

/** Opens a question and says yes; who is asked to sign in again does, and opens it once more. */
export async function answersYes(person: Person, open: () => Promise<void>): Promise<void> {
  const question = person.page.locator('form.ask')
  for (;;) {
    await open()
    await question.getByRole('button', { name: person.say.yes, exact: true }).click()
    const wrong = question.locator('[role="alert"]')
    await until(async () => (await question.count()) === 0 || (await wrong.count()) > 0, 'an answer to the yes')
    if ((await question.count()) === 0) return
    if (!(await person.signsInAgain())) throw new Error('the yes was not taken')
  }
}

function personOf(name: string, page: Page, url: string, at: string, language: Language): Person {
  const login = name.toLowerCase()
  const form = SIGN_IN_WORDS[language]
  const person: Person = {
    name,
    page,
    language,
    say: DICTIONARIES[language],
    async makeAccount() {
      await page.getByRole('link', { name: person.say.people.signIn }).click()
      await page.getByRole('link', { name: form.toNew }).click()
      await page.getByLabel(form.person).fill(name)
      await page.getByLabel(form.login).fill(login)
      await page.getByLabel(form.password).fill(PASSWORD)
      await page.getByRole('button', { name: form.newSubmit }).click()
      await page.waitForURL(address => address.origin === url && !/^\/(id|sign-in)\b/.test(address.pathname))
      await until(async () => (await person.ask('GET', '/session')).body.person !== null, `${name} is signed in`)
    },
    async accountId() {
      return (await person.does('GET', '/session')).person.accountId
    },
    async go(where) {
      await page.goto(`${url}/${at}#${where}`)
    },
    async sees(text, selector = 'body') {
      const part = page.locator(selector).first()
      const isSo = (said: string) => (typeof text === 'string' ? said.includes(plain(text)) : text.test(said))
      let said = ''
      await until(async () => {
        said = (await part.count()) === 0 ? '' : plain(await part.innerText().catch(() => ''))
        return isSo(said)
      }, `"${text}" on ${name}'s page`)
      return said
    },
    async signsInAgain() {
      const again = page.locator('[role="alert"]').locator('a, button').first()
      if ((await again.count()) === 0) return false
      await again.click()
      await page.getByLabel(form.login).fill(login)
      await page.getByLabel(form.password).fill(PASSWORD)
      await page.getByRole('button', { name: form.submit }).click()
      await page.waitForURL(address => address.origin === url && !/^\/(id|sign-in)\b/.test(address.pathname))
      return true
    },
    ask: (method, path, body) =>
      page.evaluate(
        async wish => {
          const { person: who } = (await (await fetch('/api/v1/session')).json()) as { person: { csrf: string } | null }
          const headers: { [header: string]: string } = {
            'x-nrt-csrf': who?.csrf ?? '',
            'idempotency-key': crypto.randomUUID(),
          }
          if (wish.body !== undefined) headers['content-type'] = 'application/json'
          const init = { method: wish.method, headers, ...(wish.body && { body: JSON.stringify(wish.body) }) }
          const answer = await fetch(`/api/v1${wish.path}`, init)
          const text = await answer.text()
          return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
        },
        { method, path, body },
      ),
    async does(method, path, body) {
      const answer = await person.ask(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
  return person
}
