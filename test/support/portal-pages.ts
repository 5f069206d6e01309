// The portal as people get it, and a browser to look at it with, for the tests of one describe.

import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { buildPortal } from '../../scripts/build-portal.ts'
import { madeOnce } from '../../scripts/made-once.ts'
import { launchBrowser, type Visit, visit } from './browser.ts'

const LET_GO_WITHIN_MS = 30_000

export interface PortalPages {
  /** Where the built portal lies. */
  dir: string
  visit(address: string, options?: BrowserContextOptions): Promise<Visit>
  /** Closes all visits; gives the errors that they had. */
  leave(): Promise<string[]>
}

/** Call it inside the describe, before its own hooks: it is ready in them. */
export function portalPages(): PortalPages {
  const visits: Visit[] = []
  let browser: Browser | undefined
  const pages: PortalPages = {
    dir: '',
    async visit(address, options) {
      const opened = await visit(browser as Browser, address, options)
      visits.push(opened)
      return opened
    },
    async leave() {
      const errors = visits.flatMap(opened => opened.errors)
      for (const opened of visits.splice(0)) if (!(await endsSoon(opened.close()))) await another()
      return errors
    },
  }
  beforeAll(async () => {
    pages.dir = await builtPortal()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    if (browser !== undefined) await endsSoon(browser.close())
  })
  return pages

  /** A browser that does not let go of a page is left to end with this process: what it was to show has been looked at. */
  async function another(): Promise<void> {
    void browser?.close().catch(() => undefined)
    browser = await launchBrowser()
  }
}

async function endsSoon(closing: Promise<void>): Promise<boolean> {
  const late = setTimeout(LET_GO_WITHIN_MS, false)
  const isEnded = await Promise.race([closing.then(() => true), late])
  if (!isEnded) process.stderr.write('the browser does not let go of a page: another one is started\n')
  return isEnded
}

/** Built once in a run, by whoever comes first (shared-by-a-run.ts). */
async function builtPortal(): Promise<string> {
  const folder = join(process.env.NRT_BUILDS_KEPT as string, 'portal')
  await madeOnce(folder, async own => void (await buildPortal(own)))
  return folder
}
