// A share of a processor for one process, by the kernel's own means (control groups, version 1 or 2): what is measured beside it has the rest, and
// it is the one that saturates. Needs the right to make a group; where there is none, undefined.

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The shortest that the kernel takes: a process that has used up its share waits for the rest of the period, some milliseconds. */
const QUOTA_US = 1000

export interface CpuShare {
  /** Call when the process has ended. */
  remove(): void
}

/** `share`: of one processor. */
export function limitCpu(pid: number, share: number): CpuShare | undefined {
  const isFirst = existsSync('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')
  const folder = join(isFirst ? '/sys/fs/cgroup/cpu' : '/sys/fs/cgroup', `nrt-bench-${pid}`)
  const periodUs = Math.round(QUOTA_US / share)
  try {
    mkdirSync(folder)
    if (isFirst) {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), `${periodUs}`)
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), `${QUOTA_US}`)
    } else writeFileSync(join(folder, 'cpu.max'), `${QUOTA_US} ${periodUs}`)
    writeFileSync(join(folder, 'cgroup.procs'), `${pid}`)
  } catch {
    return undefined
  }
  return {
    remove() {
      rmdirSync(folder)
    },
  }
}
