import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPortal, type PortalBuild } from '../../../scripts/build-portal.ts'

let folder: string
let built: PortalBuild
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nrt-portal-'))
  built = await buildPortal(folder)
})
afterAll(() => rm(folder, { recursive: true }))

/** Of every file with that end: the customer's page, support's, the ESP's, and for scripts the reader of labels, which is loaded later. */
async function textsOf(end: string, files = 3): Promise<string[]> {
  const named = built.files.filter(file => file.name.endsWith(end))
  expect(named).toHaveLength(files)
  return Promise.all(named.map(({ name }) => readFile(join(folder, name), 'utf8')))
}

test('a first visit to each page loads a document, a script, a style and an icon, at most 100 kB compressed', () => {
  for (const page of ['portal', 'operator', 'esp']) {
    const own = built.files.filter(({ firstLoadOf }) => firstLoadOf.includes(page)).map(({ name }) => name)
    expect(own.map(name => name.split('.').at(-1)).sort()).toEqual(['css', 'html', 'js', 'svg'])
    expect(built.firstLoadGzipBytes[page]).toBeGreaterThan(10_000)
    expect(built.firstLoadGzipBytes[page]).toBeLessThanOrEqual(100_000)
  }
})

test('nothing comes from outside, and nothing needs a script or style within the page', async () => {
  for (const [i, page] of (await textsOf('.html')).entries()) {
    expect(page).not.toMatch(/https?:|style=|<style|\son\w+=/)
    const script = `src="/assets/${['portal', 'operator', 'esp'][i]}-`
    expect(page.match(/<script[^>]*>/g)).toEqual([expect.stringContaining(script)])
  }
  for (const style of await textsOf('.css')) expect(style).not.toMatch(/url\(|@import|@font-face/)
})

test('no schema library and no node module lands in the pages', async () => {
  for (const script of await textsOf('.js', 4)) expect(script).not.toMatch(/typebox|node:|additionalProperties/)
})

test('every file but the pages carries its content’s hash', () => {
  for (const file of built.files) {
    if (!file.name.endsWith('.html')) expect(file.name).toMatch(/^assets\/[a-z]+-[0-9A-Z]{8}\.(js|js\.map|css|svg)$/)
  }
})
