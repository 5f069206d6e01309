// The command as a person runs it: a process of its own, what it says on either stream, and its exit code.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../installer/main.ts', import.meta.url))

export interface Ran {
  /** Null when a signal ended it. */
  code: number | null
  out: string
  err: string
}

export interface NrtWish {
  input?: string | Uint8Array
  /** All that it has but PATH and what node wants for itself. */
  env?: { [name: string]: string }
  /** Called with each part of stdout. */
  seen?(part: string): void
}

/** Runs to its end, and until the last of what it said is here. */
export function nrt(args: string[], wish: NrtWish = {}): Promise<Ran> {
  return startNrt(args, wish).ended
}

export function startNrt(args: string[], { input = '', env = {}, seen = () => {} }: NrtWish = {}) {
  const { PATH, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH, TMPDIR, NODE_COMPILE_CACHE, ...env },
  })
  const ran: Ran = { code: null, out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', part => {
    ran.out += part
    seen(part)
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    ran.err += part
  })
  // it may end before it has read all
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<Ran>(resolve => child.on('close', code => resolve({ ...ran, code })))
  return { child, ran, ended }
}
