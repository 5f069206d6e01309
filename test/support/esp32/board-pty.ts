// A simulated board behind a real device file: socat makes the pseudo-terminal, so that the command line can be run as a person runs
// it. A pseudo-terminal has no control lines; somebody holds BOOT when the board is plugged in.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Board } from './board.ts'

export const hasSocat = spawnSync('socat', ['-V']).status === 0

export interface PluggedBoard {
  /** The device file. */
  path: string
  /** Takes the cable out: the device goes away. */
  unplug(): Promise<void>
}

export async function plugIn(board: Board, path: string): Promise<PluggedBoard> {
  const cable = spawn('socat', ['STDIO', `pty,rawer,link=${path}`], { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise<void>(resolve => cable.once('exit', () => resolve()))
  cable.stdin.on('error', () => {})
  cable.stdout.on('data', (bytes: Buffer) => board.receive(bytes))
  board.onSend(bytes => void cable.stdin.write(bytes))
  board.onLost(() => void cable.kill())
  for (let tries = 0; tries < 500 && !existsSync(path); tries++) await new Promise(resolve => setTimeout(resolve, 10))
  board.holdBoot()
  return {
    path,
    unplug: async () => {
      cable.kill()
      await ended
    },
  }
}
