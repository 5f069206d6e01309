// `npm run journey`: from an account to an ESP's program that prints readings, in eight steps (requirement 76), and then a move in the register that ends it
// all; people at the portal's pages in a browser, machines as processes of their own. Prints each step with what was seen and how long it took, and which
// folder has the screenshots; --json: a row per step; --long: also every page in four languages, and the first ones on a bad line. Exit code 0 when all came off; otherwise 1, and what the page showed.

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CHROMIUM, launchBrowser, plain } from '../support/browser.ts'
import { LONG_STEPS } from './long.ts'
import { startParts } from './parts.ts'
import { openPeople } from './people.ts'
import { STEPS } from './steps.ts'
import type { Step, World } from './world.ts'

interface Row {
  no: number
  step: string
  title: string
  of76: number | null
  isDone: boolean
  ms: number
  saw: string
  pictures: string[]
  /** What was done over REST, because a page for it is not there. */
  overRest: string[]
}

async function journey(folder: string, steps: readonly Step[], told: (row: Row) => void): Promise<boolean> {
  const stage = mkdtempSync(join(tmpdir(), 'nrt-journey-'))
  const parts = await startParts(stage)
  const browser = await launchBrowser()
  const people = openPeople(browser, parts.url, folder)
  let overRest: string[] = []
  const world = { parts, people, overRest: (what: string) => void overRest.push(what) } as World
  try {
    for (const [i, { step, title, of76 = null, run }] of steps.entries()) {
      const startedMs = performance.now()
      const from = people.pictures.length
      overRest = []
      let isDone = false
      let saw = ''
      try {
        saw = await run(world)
        isDone = true
      } catch (error) {
        saw = `${(error as Error).message.split('\n')[0]}; ${await shownBy(world)}`
      }
      const ms = Math.round(performance.now() - startedMs)
      told({ no: i + 1, step, title, of76, isDone, ms, saw, pictures: people.pictures.slice(from), overRest })
      if (!isDone) return false
    }
    return true
  } finally {
    await browser.close()
    await parts.stop()
    rmSync(stage, { recursive: true, force: true })
  }
}

/** What the page of whoever did something last shows, in words and as a picture. */
async function shownBy({ people, dongle }: World): Promise<string> {
  const last = people.last()
  if (last === undefined) return 'nobody had a page open'
  await people.picture(last, 'failed').catch(() => undefined)
  const text = await last.page
    .locator('body')
    .innerText()
    .catch(() => 'nothing')
  return `${last.name}'s page ${last.page.url()} showed: ${plain(text).slice(0, 1500)}; the dongle said last: ${dongle?.lines.slice(-6).join(' | ')}`
}

function inWords({ no, of76, title, isDone, ms, saw, pictures, overRest }: Row): string {
  const seconds = (ms / 1000).toFixed(1).padStart(6)
  const lines = [
    `${isDone ? 'ok ' : 'NOT'} ${String(no).padStart(2)}  ${seconds} s  ${title}${of76 === null ? '' : ` (R76, ${of76})`}`,
  ]
  const under = (text: string): void => void lines.push(`                 ${text}`)
  under(saw)
  if (pictures.length > 0) under(`pictures: ${pictures.join(', ')}`)
  for (const what of overRest) under(`over REST: ${what}`)
  return lines.join('\n')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      out: { type: 'string', default: 'screenshots/journey' },
    },
  })
  if (CHROMIUM === undefined) {
    console.error('journey needs a Chromium (apt install chromium, or CHROMIUM=/path): people look at pages')
    process.exit(2)
  }
  const folder = resolve(values.out)
  mkdirSync(folder, { recursive: true })
  // those of the run before
  for (const file of readdirSync(folder)) if (/^\d\d-[a-z-]+\.png$/.test(file)) rmSync(join(folder, file))
  if (!values.json) console.log(`journey: the screenshots go to ${relative('.', folder)}/`)
  const startedMs = performance.now()
  const isDone = await journey(folder, values.long ? [...STEPS, ...LONG_STEPS] : STEPS, row =>
    console.log(values.json ? JSON.stringify(row) : inWords(row)),
  )
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
  if (!values.json) console.log(isDone ? `done in ${seconds} s` : `not done after ${seconds} s`)
  process.exitCode = isDone ? 0 : 1
}
