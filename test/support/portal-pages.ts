// The portal as people get it, and a browser to look at it with, for the tests of one describe.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { buildPortal } from '../../scripts/build-portal.ts'
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
    pages.dir = await mkdtemp(join(tmpdir(), 'nrt-portal-'))
    await buildPortal(pages.dir)
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await rm(pages.dir, { recursive: true, force: true })
  })
  return pages
}
