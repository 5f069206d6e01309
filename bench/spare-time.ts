// A process that takes only processor time that nobody else wants, as if it were on another machine: whoever else has work on its processor goes first.

import { spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** By the kernel's idle policy where there is one (Linux, util-linux' chrt), otherwise by the lowest priority, which keeps a small share. */
export function takeSpareTimeOnly(pid: number): void {
  const { status } = spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', `${pid}`], { stdio: 'ignore' })
  if (status !== 0) setPriority(pid, constants.priority.PRIORITY_LOW)
}
