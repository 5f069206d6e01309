// What stands beside the program in a dongle's flash and is never updated: the loader, which becomes .bootcde, the updater and the rescue program.
// The loader stands in a function of its own, so that no name of the program can take one of its; behind it the program is
// evaluated in the global scope. As a program it writes the three beside the bundle: `nrt.js.boot.json`.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleFirmware } from './build-firmware.ts'

const FIRMWARE = fileURLToPath(new URL('../firmware', import.meta.url))

/** A program on trial that falls while it starts is a program that ended by itself; any other falls as it always did. */
const EVALUATE = 'try{eval(PROGRAM)}catch(e){if(!TRIAL)throw e;print("loader: fell: "+e);E.reboot()}'

export interface BootFiles {
  loader: string
  rescue: string
  /** A text that gives a function when it is evaluated. */
  updater: string
  problems: string[]
}

export async function bundleBoot(): Promise<BootFiles> {
  const loader = await bundleFirmware(join(FIRMWARE, 'loader.ts'))
  const rescue = await bundleFirmware(join(FIRMWARE, 'rescue.ts'))
  const updater = await bundleFirmware(join(FIRMWARE, 'updater.ts'))
  return {
    loader: `(function(){${loader.code}})();${EVALUATE}`,
    rescue: rescue.code,
    updater: `(function(OUT){${updater.code};return OUT[0]})([])`,
    problems: [...loader.problems, ...rescue.problems, ...updater.problems],
  }
}

const OUT_FILE = fileURLToPath(new URL('../dist/firmware/nrt.js.boot.json', import.meta.url))

async function main(): Promise<number> {
  const { problems, ...texts } = await bundleBoot()
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) return 1
  mkdirSync(dirname(OUT_FILE), { recursive: true })
  writeFileSync(OUT_FILE, JSON.stringify(texts))
  const sizes = Object.entries(texts).map(([name, text]) => `${name} ${text.length} B`)
  console.log(`build:firmware: wrote nrt.js.boot.json (${sizes.join(', ')})`)
  return 0
}

if (import.meta.main) process.exitCode = await main()
