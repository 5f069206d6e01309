// What the processes of one run of the tests share, and the next run makes anew: our programs, each built once by the first process that wants
// it; modules as node compiled them, for a backend starts two threads that load the same; and a place in memory for temporary files, where
// there is room, so that no dongle whose minute is a second waits for somebody else's disk.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** More than all tests at a time had in it (some 300 MB). */
const ROOM_BYTES = 2_000_000_000

export default function shareAmongProcesses(): () => void {
  removeLeftovers()
  const folder = mkdtempSync(join(hasRoom() ? MEMORY : tmpdir(), `nrt-run-${process.pid}-`))
  chmodSync(folder, 0o711) // PostgreSQL runs as another user where we are root, and has its folder in here
  process.env.TMPDIR = made(folder, 'tmp')
  process.env.NRT_BUILDS_KEPT = made(folder, 'builds')
  process.env.NODE_COMPILE_CACHE = made(folder, 'compiled')
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 })
}

/** Of runs that were killed: memory that nobody gives back. */
function removeLeftovers(): void {
  for (const parent of new Set([MEMORY, tmpdir()])) {
    for (const name of namesIn(parent)) {
      const pid = /^nrt-run-(\d+)-/.exec(name)?.[1]
      if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true })
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // no such place, as on macOS
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // somebody else's
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
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
