// A disk in trouble, for processes that run: strace makes their writes fail or their syncs slow, so it works on any program and any file system.
// It sees no sockets: those are not written with pwrite.

import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** full: no room; read-only: as when a kernel remounts a disk that has errors; slow: a sync takes 400 ms longer. */
export type DiskTrouble = 'full' | 'read-only' | 'slow'

const INJECTED: { [trouble in DiskTrouble]: string } = {
  full: 'pwrite64,pwritev,fallocate:error=ENOSPC',
  'read-only': 'pwrite64,pwritev,fallocate:error=EROFS',
  slow: 'fsync,fdatasync:delay_enter=400000',
}

/** Why it cannot be done here; undefined: it can. */
export function missingStrace(): string | undefined {
  if (process.platform !== 'linux') return 'a disk in trouble is played on Linux only'
  const tried = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=none', 'true'])
  return tried.status === 0 ? undefined : 'strace is not installed, or may trace nothing'
}

/** Hurts the writes of the processes and their children, all threads, for `holdMs`. */
export async function hurtDisk(trouble: DiskTrouble, pids: number[], holdMs: number): Promise<void> {
  const all = pids.flatMap(pid => [pid, ...childrenOf(pid)])
  const injected = INJECTED[trouble]
  const strace = spawn(
    'strace',
    [
      ...['-f', '-qq', '-o', '/dev/null', '-e', `trace=${injected.split(':')[0]}`, '-e', `inject=${injected}`],
      ...all.flatMap(pid => ['-p', `${pid}`]),
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise(resolve => strace.once('exit', resolve))
  await delay(holdMs)
  strace.kill('SIGINT')
  await ended
}

function childrenOf(pid: number): number[] {
  const own = readdirSync('/proc').filter(name => /^\d+$/.test(name) && parentOf(name) === pid)
  return own.map(Number)
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // it has ended meanwhile
  }
}
