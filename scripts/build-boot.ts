// What stands beside the program in a dongle's flash and is never updated: the loader, which becomes .bootcde, the updater and the rescue program.
// The loader stands in a function of its own, so that no name of the program can take one of its; behind it the program is
// evaluated in the global scope.

import { join } from 'node:path'
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
