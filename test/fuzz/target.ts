// What is fuzzed, how it is called, and where its corpus lies: inputs in base64, one a line, the shortest first; beside it those that once were
// finds, which stay for ever.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Target {
  /** Takes any bytes. A throw is a crash. What it returns counts as reached, beside the branches: an answer's shape. */
  run(bytes: Uint8Array): undefined | Promise<string>
  /** Genuine inputs. */
  seeds(): Uint8Array[]
  /** What is worth having at any place of an input. */
  tokens: Uint8Array[]
  /** Makes checks pass that change would break, so that what is behind them is reached too. */
  repair?(bytes: Uint8Array): Uint8Array
  /** What must be there before the first input. */
  open?(): Promise<void>
  close?(): Promise<void>
}

/** `branches`: whether the code is bundled and counts its branches (count-branches.ts); the others report what they reach themselves. */
export const TARGETS = {
  mqtt: { branches: true },
  guests: { branches: true },
  envelope: { branches: true },
  messages: { branches: true },
  batch: { branches: true },
  telegram: { branches: true },
  rest: { branches: false },
} as const

export type TargetName = keyof typeof TARGETS
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[]

export const INPUT_BYTES_MAX = 2048

/** A byte for each branch, in whole words of four. */
export const countersOf = (branches: number): Uint8Array => new Uint8Array((branches + 3) & ~3)

const CORPUS_CHARACTERS_MAX = 40_000

export function targetFile(name: TargetName): string {
  return join(import.meta.dirname, 'targets', `${name}.ts`)
}

function corpusFile(name: TargetName): string {
  return join(import.meta.dirname, 'corpus', `${name}.base64`)
}

/** What reached something new, and what was a find once. */
export function readCorpus(name: TargetName): Uint8Array[] {
  return [corpusFile(name), join(import.meta.dirname, 'found', `${name}.base64`)].flatMap(readInputs)
}

function readInputs(file: string): Uint8Array[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter(line => line !== '').map(line => new Uint8Array(Buffer.from(line, 'base64')))
}

/** The first ones, as many as may lie in the repository. */
export function writeCorpus(name: TargetName, inputs: Uint8Array[]): void {
  let text = ''
  for (const input of inputs) {
    const line = `${Buffer.from(input).toString('base64')}\n`
    if (text.length + line.length <= CORPUS_CHARACTERS_MAX) text += line
  }
  writeFileSync(corpusFile(name), text)
}
