// The portal as people get it, and a browser to look at it with, for the tests of one describe.

import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { buildPortal } from '../../scripts/build-portal.ts'
import { madeOnce } from '../../scripts/made-once.ts'
import { launchBrowser, type Visit, visit } from './browser.ts'

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
      for (const opened of visits.splice(0)) await opened.close()
      return errors
    },
  }
  beforeAll(async () => {
    pages.dir = await builtPortal()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })
  return pages
}

/** Built once in a run, by whoever comes first (shared-by-a-run.ts). */
async function builtPortal(): Promise<string> {
  const folder = join(process.env.NRT_BUILDS_KEPT as string, 'portal')
  await madeOnce(folder, async own => void (await buildPortal(own)))
  return folder
}
