// The people of the journey: each has a browser of their own, signs in through the identity service's form, and reads what the page says. Where a page is not
// there yet they ask over REST, as the page would: with their session, and the word against forged requests.

import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Dictionary } from '../../backend/portal/text/dictionary.ts'
import { DICTIONARIES, type Language } from '../../backend/portal/text/languages.ts'
import { SIGN_IN_WORDS } from '../../backend/sign-in/embedded/words.ts'
import { plain, visit } from '../support/browser.ts'
import { until } from './parts.ts'

const PASSWORD = 'a sentence that nobody guesses'

export interface Person {
  name: string
  page: Page
  /** The words that their pages speak. */
  say: Dictionary
  /** Makes an account at the identity service, from the portal's own door, and comes back signed in. */
  makeAccount(): Promise<void>
  accountId(): Promise<string>
  /** Opens a page of the portal: live, sharing, dongles, data, account. */
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
  /** Keeps what a person sees, numbered. */
  picture(person: Person, name: string): Promise<void>
  arrive(name: string, language: Language, isPhone?: boolean): Promise<Person>
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
    },
    async arrive(name, language, isPhone = true) {
      const viewport = isPhone ? { width: 390, height: 844 } : { width: 1100, height: 800 }
      const { page } = await visit(browser, url, { locale: `${language}-BE`, viewport })
      const person = personOf(name, page, url, language)
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

function personOf(name: string, page: Page, url: string, language: Language): Person {
  const login = name.toLowerCase()
  const form = SIGN_IN_WORDS[language]
  const person: Person = {
    name,
    page,
    say: DICTIONARIES[language],
    async makeAccount() {
      await page.getByRole('link', { name: person.say.people.signIn }).click()
      await page.getByRole('link', { name: form.toNew }).click()
      await page.getByLabel(form.person).fill(name)
      await page.getByLabel(form.login).fill(login)
      await page.getByLabel(form.password).fill(PASSWORD)
      await page.getByRole('button', { name: form.newSubmit }).click()
      await page.waitForURL(address => address.origin === url && !address.pathname.startsWith('/id'))
      await until(async () => (await person.ask('GET', '/session')).body.person !== null, `${name} is signed in`)
    },
    async accountId() {
      return (await person.does('GET', '/session')).person.accountId
    },
    async go(where) {
      await page.goto(`${url}/#${where}`)
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
      await page.waitForURL(address => address.origin === url && !address.pathname.startsWith('/id'))
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
