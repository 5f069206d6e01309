// What many processes of one run want and one of them makes (test/support/shared-by-a-run.ts).

import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** After it `path` is there, file or folder. `make` gets another path to make it at, if this process is the first; who comes second waits. */
export async function madeOnce(path: string, make: (own: string) => Promise<void>): Promise<void> {
  const turn = `${path}.turn`
  while (!existsSync(path)) {
    if (!isMyTurn(turn)) await setTimeout(100)
    else {
      try {
        // who looked before the one ahead was done
        if (existsSync(path)) return
        const own = `${path}.${process.pid}`
        await make(own)
        // whole or not at all: others are looking
        renameSync(own, path)
      } finally {
        rmSync(turn)
      }
    }
  }
}

/** True for one at a time. */
function isMyTurn(turn: string): boolean {
  try {
    writeFileSync(turn, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
