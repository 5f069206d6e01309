// What `nrt gateway` and `nrt backend` have in common: settings or a sentence for each wrong one, a log, and a stop that finishes what runs.

import { readFileSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import type { Result } from '../../shared/kernel/result.ts'
import type { SettingFault, SettingTexts } from '../../shared/schema/settings.ts'
import { loadSettings, type Program } from './settings.ts'

/** A part that runs: what is printed of it, what a parent process is told, and how it ends. */
export interface Served {
  sentence: string
  ready: { [fact: string]: string | number | undefined }
  stop(): Promise<void>
}

/** Of this program, from its package. */
export const programVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** Runs until a signal, and exits by itself: 0 stopped as it was told, 1 it could not start, 2 wrong settings. */
export async function serve(
  program: Program,
  file: string | undefined,
  start: (texts: SettingTexts, log: Logger) => Promise<Served>,
): Promise<number> {
  const loaded = loadSettings(program, process.env, file)
  for (const { sentence } of [...loaded.warnings, ...loaded.faults]) process.stderr.write(`nrt: ${sentence}\n`)
  if (loaded.faults.length > 0) return 2
  const log = pino({ level: loaded.texts.NRT_LOG_LEVEL ?? 'info', base: { part: program } })
  let served: Served
  try {
    served = await start(loaded.texts, log)
  } catch (error) {
    process.stderr.write(`nrt: ${(error as Error).message}\n`)
    return 1
  }
  process.stdout.write(`nrt: ${served.sentence}\n`)
  process.send?.({ kind: 'ready', ...served.ready })
  await asked()
  await served.stop()
  return 0
}

/** Resolves when somebody wants an end; a second signal does not wait. */
function asked(): Promise<void> {
  return new Promise(resolve => {
    let isAsked = false
    const end = (): void => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve()
    }
    process.on('SIGINT', end)
    process.on('SIGTERM', end)
    process.on('disconnect', end)
  })
}

/** Settings that loadSettings found right. */
export function right<T>(read: Result<T, SettingFault[]>): T {
  if (!read.ok) throw new Error(read.fault.map(fault => fault.sentence).join(' '))
  return read.value
}
