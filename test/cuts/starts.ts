// Starts of the real engine, one after the other, each on an image of flash that the host puts under it, as after a power cut: a fresh process,
// which ends by itself when its program has started. A start costs some 20 ms of a core.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FlashChip, openFlashChip } from '../../firmware/host/flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import type { NorModel } from '../support/nor.ts'
import { linesOf, prelude, RESET_POWER, RESET_SOFTWARE } from '../support/real-engine.ts'
import { type Operation, operationIn, readImage, TAPE, writeImage } from './tape.ts'

/** The last line of a start that is through. */
export const THROUGH = 'THROUGH'
/** When everything has run that a start runs at once, whether it fell or not. */
const END = `E.on("init",function(){print("${THROUGH}");E.reboot();});`
/** An engine that is alive by then stands still for ever; a paused machine has no effect on so long a time. */
const HANGS_MS = 600_000
/** Restarts of its own until it is through: a program on trial needs three. */
const RESTARTS_MAX = 12

export interface Started {
  lines: string[]
  operations: Operation[]
  image: NorModel
}

export interface Starter {
  /** After a power cut. Rejects when it hangs, falls or never comes through. */
  start(image: NorModel): Promise<Started>
  close(): void
}

/** `prepare` fills the flash of a made dongle; `isEndOwn`: its programs say when they are through. */
export function openStarter(engine: string, prepare: (chip: FlashChip) => void, isEndOwn = false): Starter {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-starts-'))
  const path = join(folder, 'espruino.flash')
  const chip = openFlashChip({ path })
  prepare(chip)
  openStorage(chip).write('.boot0', Buffer.from(prelude(undefined) + TAPE + (isEndOwn ? '' : END), 'latin1'))
  chip.close()

  /** One process, from its first line to its end. */
  function runOnce(cause: number): Promise<string[]> {
    writeFileSync(join(folder, 'cause'), `${cause}`)
    // stdin stays open and silent: at its end the engine takes rubbish for typing
    const child = spawn(engine, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] })
    return new Promise((resolve, reject) => {
      let text = ''
      const timer = setTimeout(() => child.kill('SIGKILL'), HANGS_MS)
      child.stdout.on('data', chunk => {
        text += chunk.toString('latin1')
      })
      child.on('error', reject)
      child.on('close', code => {
        clearTimeout(timer)
        const lines = linesOf(text)
        if (code === 1) resolve(lines)
        else reject(new Error(`the engine ended with ${code}, said: ${lines.slice(-5).join(' | ')}`))
      })
    })
  }

  return {
    start: async image => {
      writeImage(path, image)
      const lines: string[] = []
      for (let restarts = 0; !lines.includes(THROUGH); restarts++) {
        if (restarts > RESTARTS_MAX) throw new Error(`never through, said: ${lines.slice(-5).join(' | ')}`)
        lines.push(...(await runOnce(restarts === 0 ? RESET_POWER : RESET_SOFTWARE)))
        const wrong = lines.find(line => /Uncaught|OUT OF MEMORY|corrupt|^error/.test(line))
        if (wrong !== undefined) throw new Error(`the program fell: ${wrong}`)
      }
      const operations = lines.map(operationIn).filter(one => one !== undefined)
      return { lines, operations, image: readImage(path) }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
