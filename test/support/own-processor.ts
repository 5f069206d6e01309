// Keeps a processor free of whoever is started from here on, and gives it to one thread: where that is the platform's first, its further threads included are on the others, and then
// nobody holds that thread up but itself, as on a machine that neither attackers nor households are on. Those that measure go first on theirs: what they note is not to be
// that somebody else was there. Linux with taskset, and the right to ask for it; where they are not, all share as they come.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism, constants, setPriority } from 'node:os'

const OWN = '0'

/** What is started from here on has the other processors; false: there are none, or no way to say so. */
export function keepOneFree(): boolean {
  const processors = availableParallelism()
  return processors > 1 && isDone('taskset', ['--all-tasks', '--cpu-list', '--pid', `1-${processors - 1}`], process.pid)
}

/** What is started from here on may be anywhere again. */
export function keepNoneFree(): void {
  isDone('taskset', ['--all-tasks', '--cpu-list', '--pid', `0-${availableParallelism() - 1}`], process.pid)
}

/** The one that was kept free, for the thread with this id: a process' first has the process' own. Its other threads stay where they are. */
export function giveOwnProcessor(threadId: number): boolean {
  return isDone('taskset', ['--cpu-list', '--pid', OWN], threadId) && goesFirst(threadId)
}

/** Before all that other programs do, where it is, but not for ever: of the kernel's real-time policies one lets a thread of ours that waits for another keep that one out. */
export function goesFirst(pid: number): boolean {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      setPriority(Number(thread), constants.priority.PRIORITY_HIGHEST)
    return true
  } catch {
    return false
  }
}

function isDone(command: string, args: string[], pid: number): boolean {
  return spawnSync(command, [...args, `${pid}`], { stdio: 'ignore' }).status === 0
}
