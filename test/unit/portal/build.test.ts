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

const textOf = (end: string) => readFile(join(folder, built.files.find(file => file.name.endsWith(end))!.name), 'utf8')

test('a first visit loads at most 100 kB compressed', () => {
  expect(built.firstLoadGzipBytes).toBeGreaterThan(10_000)
  expect(built.firstLoadGzipBytes).toBeLessThanOrEqual(100_000)
})

test('nothing comes from outside, and nothing needs a script or style within the page', async () => {
  const page = await textOf('.html')
  expect(page).not.toMatch(/https?:|style=|<style|\son\w+=/)
  expect(page.match(/<script[^>]*>/g)).toEqual([expect.stringContaining('src="/assets/portal-')])
  expect(await textOf('.css')).not.toMatch(/url\(|@import|@font-face/)
})

test('no schema library and no node module lands in the page', async () => {
  const script = await textOf('.js')
  expect(script).not.toMatch(/typebox|node:|additionalProperties/)
})

test('every file but the page carries its content’s hash', () => {
  for (const file of built.files) {
    if (file.name !== 'index.html') expect(file.name).toMatch(/^assets\/[a-z]+-[0-9A-Z]{8}\.(js|js\.map|css|svg)$/)
  }
})
