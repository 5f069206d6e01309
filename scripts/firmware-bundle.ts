// What a program of ours is once it is bundled, where it begins, and how large it may be.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PROJECT = fileURLToPath(new URL('..', import.meta.url))
export const MAIN = join(PROJECT, 'firmware/main.ts')
export const SETUP = join(PROJECT, 'firmware/setup/main.ts')
export interface RoomSize {
  room: string
  /** Source text, minified text in the bundle, and the room's part of the gzipped bundle by its minified part; bytes. */
  sourceBytes: number
  minifiedBytes: number
  gzipBytes: number
}

export interface FirmwareBundle {
  /** What goes into flash, a character a byte; the dongle's program in the engine's short form (bundle/tokenise.ts), put into parts (bundle/parts.ts). */
  code: string
  /** Of it, what is evaluated at start; the rest are parts. */
  programBytes: number
  /** Source map of the script as JSON; paths are relative to the project. */
  map: string
  /** What assertions say, by the number that the console shows. */
  sentences: string[]
  rooms: RoomSize[]
  /** Sentences, each with source file and line; empty means fit to ship. */
  problems: string[]
}

export function overBudget(what: string, bytes: number, budgetBytes: number): string[] {
  return bytes > budgetBytes ? [`${what}: ${bytes} bytes, budget ${budgetBytes} (scripts/firmware-budget.json)`] : []
}

export function budget(): { minifiedBytes: number; programBytes: number; setupBytes: number; setupPageBytes: number } {
  return JSON.parse(readFileSync(join(PROJECT, 'scripts/firmware-budget.json'), 'utf8'))
}
