// What the processes of one run of the tests share, and the next run makes anew: our programs, each built once by the first process that wants
// it; modules as node compiled them, for a backend starts two threads that load the same; and a place in memory for temporary files, where
// there is room, so that no dongle whose minute is a second waits for somebody else's disk.

import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** More than all tests at a time had in it (some 300 MB). */
const ROOM_BYTES = 2_000_000_000

export default function shareAmongProcesses(): () => void {
  const folder = mkdtempSync(join(hasRoom() ? MEMORY : tmpdir(), 'nrt-run-'))
  process.env.TMPDIR = made(folder, 'tmp')
  process.env.NRT_BUILDS_KEPT = made(folder, 'builds')
  process.env.NODE_COMPILE_CACHE = made(folder, 'compiled')
  return () => rmSync(folder, { recursive: true, force: true })
}

function made(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize > ROOM_BYTES
  } catch {
    // no such place, as on macOS
    return false
  }
}
