// A headless Chromium for tests that look at pages: the machine's own, never one that is downloaded. Where there is none
// the tests say so and are skipped.

import { existsSync, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

// The shell first: the same pages for half the processor, because a whole browser draws its own windows also where nobody sees them.
const CANDIDATES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** The browser's path, or undefined where there is none. */
export const CHROMIUM = CANDIDATES.find(path => path !== undefined && existsSync(path))

// Quiet and alone: no sandbox (containers), no traffic of its own.
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS })
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** Errors of the console and of scripts, content-security violations among them; those of the network are left out. */
  errors: string[]
  close(): Promise<void>
}

export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'nl-BE', viewport: { width: 390, height: 844 }, ...options })
  context.setDefaultTimeout(120_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => void errors.push(error.message))
  page.on('console', message => {
    const isOfNetwork = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isOfNetwork) errors.push(message.text())
  })
  await page.goto(address)
  return { page, context, errors, close: () => context.close() }
}

/** A picture for people, in screenshots/ (not kept by git). In tests only where PICTURES is set: a picture costs as much as a look by axe. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env.VITEST !== undefined && process.env.PICTURES === undefined) return
  const folder = join(import.meta.dirname, '../../screenshots')
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** Polls what a person would read until it is so. */
export async function says(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await expect.poll(async () => plain(await page.locator(selector).innerText())).toMatch(text)
}

/** Blanks of every width as one space. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ')
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds against WCAG 2.2 AA and good practice, each with where and why; `isEveryRule`: against all that it knows by itself. */
export async function axeViolations(page: Page, isEveryRule = false): Promise<[string, string[]][]> {
  // Evaluated by the debugger, not inserted as a script: the page's content-security policy stays in force.
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(await readFile(AXE, 'utf8'))
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const options = isEveryRule ? {} : { runOnly: tags }
  const result = await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)
  const { violations } = result as { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }
  return violations.map(({ id, nodes }) => [id, nodes.map(node => `${node.html} ${node.failureSummary}`)])
}

export async function expectNoAxeViolations(page: Page, isEveryRule = false): Promise<void> {
  expect(await axeViolations(page, isEveryRule)).toEqual([])
}
