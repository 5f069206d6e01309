// Disks that are full, read-only or slow, under the backend's SQLite and under PostgreSQL.

import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type DiskTrouble, hurtDisk, missingStrace } from '../../support/disk-trouble.ts'
import type { Row } from '../row.ts'
import { DISK_BYTES } from '../stage.ts'

const TROUBLES: DiskTrouble[] = ['full', 'read-only', 'slow']

/** On a small disk of its own: no byte is left on it. */
const smallDisk: Row = {
  name: 'full disk: backend on SQLite, the disk itself',
  stage: 'direct',
  isQuick: true,
  missing: () => (process.getuid?.() === 0 ? undefined : 'a small disk can be mounted by root only'),
  async hurt({ apart }, holdMs) {
    const ballast = join(apart.folder, 'ballast')
    const { bavail, bsize } = statfsSync(apart.folder)
    if (bavail * bsize > DISK_BYTES) throw new Error('the small disk could not be mounted')
    try {
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stdio: 'ignore' })
      await delay(holdMs)
    } finally {
      rmSync(ballast, { force: true })
    }
  },
}

function onSqlite(trouble: DiskTrouble): Row {
  return {
    name: `${trouble} disk: backend on SQLite`,
    stage: 'direct',
    isQuick: trouble !== 'full',
    missing: missingStrace,
    hurt: ({ apart }, holdMs) => hurtDisk(trouble, [apart.pid('backend')], holdMs),
  }
}

function onPostgres(trouble: DiskTrouble): Row {
  return {
    name: `${trouble} disk: PostgreSQL`,
    stage: 'shared',
    isQuick: trouble === 'slow',
    missing: missingStrace,
    async hurt({ apart }, holdMs) {
      await hurtDisk(trouble, [apart.pid('database')], holdMs)
      // one that cannot write its log ends; what watches over it starts it again
      if (!isAlive(apart.pid('database'))) await apart.start('database')
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** As a standby is, or a database whose operator says so. */
const readOnlyDatabase: Row = {
  name: 'read-only database: PostgreSQL',
  stage: 'shared',
  async hurt({ postgres }, holdMs) {
    const url = `postgres://postgres@127.0.0.1:${postgres?.server.port}/postgres`
    const say = async (value: string): Promise<void> => {
      await postgres?.run(url, `ALTER SYSTEM SET default_transaction_read_only = ${value}`)
      await postgres?.run(url, 'SELECT pg_reload_conf()')
    }
    await say('on')
    await delay(holdMs)
    // the one who says so must be able to
    await postgres?.run(`${url}?options=-c%20default_transaction_read_only%3Doff`, 'SELECT 1')
    await say('off')
  },
}

export const DISK_ROWS: Row[] = [smallDisk, ...TROUBLES.map(onSqlite), ...TROUBLES.map(onPostgres), readOnlyDatabase]
