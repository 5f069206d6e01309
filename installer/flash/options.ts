// The command lines of the commands that make dongles and labels, as the rest sees them: what commander found in them.

import { fileURLToPath } from 'node:url'
import type { Language } from '../text/language.ts'
import type { Part } from './self-test.ts'

/** A file of the project, wherever the command is started. */
export function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}

export interface FlashOptions {
  port?: string[]
  list?: boolean
  pin?: boolean
  batch?: boolean
  tray?: string
  journal: string
  appOnly?: boolean
  newIdentity?: boolean
  networks?: string
  wifiNetwork?: string[]
  require?: Part[]
  backend: string
  keyFile?: string
  labels: string
  printer?: string
  config: string
  bundle: string
  baud: number
  json?: boolean
  color: boolean
  /** Of what is said; --lang, or the environment's. */
  lang: Language
}

export interface LabelOptions {
  port?: string
  backend: string
  keyFile?: string
  labels: string
  printer?: string
  config: string
  json?: boolean
  color: boolean
  /** Of what is said; --lang, or the environment's. */
  lang: Language
}
