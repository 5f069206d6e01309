// The portal as people get it, and a browser to look at it with, for the tests of one describe.

import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
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
    pages.dir = await builtPortal()
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
  })
  return pages
}

/** Built once in a run, by whoever comes first (shared-by-a-run.ts). */
async function builtPortal(): Promise<string> {
  const folder = join(process.env.NRT_BUILDS_KEPT as string, 'portal')
  if (existsSync(folder)) return folder
  const own = `${folder}.${process.pid}`
  await buildPortal(own)
  // whole or not at all; when two come at once, one of them is first
  await rename(own, folder).catch(error => {
    if (!existsSync(folder)) throw error
  })
  return folder
}
