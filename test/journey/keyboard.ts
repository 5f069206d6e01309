// Going through a page by the keyboard alone, and what has the focus on the way.

import type { Page } from 'playwright-core'
import { plain } from '../support/browser.ts'

const STEPS_MAX = 60

/** What has the focus, as it is called for who listens; '' where nothing has. */
const FOCUSED = `(() => {
  const at = document.activeElement
  if (at === null || at === document.body) return ''
  return at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? ''
})()`

/** Presses Tab until what is called `name` has the focus. Gives the names on the way, that one last. Throws where it is not reached, or has no mark of the focus. */
export async function tabTo(page: Page, name: string): Promise<string[]> {
  const way: string[] = []
  while (way.length < STEPS_MAX) {
    await page.keyboard.press('Tab')
    const focused = plain(String(await page.evaluate(FOCUSED))).trim()
    way.push(focused)
    if (!focused.startsWith(plain(name))) continue
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    if (outline === 'none') throw new Error(`${name} has the focus and no mark of it`)
    return way
  }
  throw new Error(`Tab did not come to ${name}: ${way.join(' > ')}`)
}
