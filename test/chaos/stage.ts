// Where rows of the matrix are played: the real parts as processes of their own, a line that can be hurt between every two of them, and a few dongles
// that send. One stage lasts for many rows; one on which something did not come back is not used again.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningPostgres } from '../../bench/peers/servers.ts'
import { type Random, seededRandom } from '../../shared/kernel/random.ts'
import { type Apart, startApart } from '../support/apart.ts'
import { atEnd } from '../support/at-end.ts'
import { MOSQUITTO } from '../support/mosquitto.ts'
import { hasPostgres, openTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'

/** shared: mosquitto, two gateways, a backend on PostgreSQL. direct: two gateways with listeners of their own, a backend on SQLite. */
export type StageName = 'shared' | 'direct'

export interface Stage {
  readonly name: StageName
  readonly apart: Apart
  readonly dongles: ScriptedDongle[]
  /** The number that each dongle goes on with. */
  nextSeqs: number[]
  readonly postgres: TestPostgres | undefined
  /** What another PostgreSQL needs to be like it. */
  readonly databaseSettings: string[]
  /** What stands in for it, since it died. */
  standby: RunningPostgres | undefined
  readonly random: Random
  stop(): Promise<void>
}

export const DONGLES = 6
export const GATEWAYS = 2
export const OPERATOR_KEY = 'an-operator-key-for-the-chaos'
/** The clock of the readings; late enough for none to be from the future, however long a run is. */
export const T0_S = Math.floor(Date.now() / 1000) - 40 * 86_400
/** All that the small disk of `direct` holds. */
export const DISK_BYTES = 96 * 1_048_576

/** Why it cannot be opened here; undefined: it can. */
export function missing(name: StageName): string | undefined {
  if (name === 'direct') return undefined
  if (MOSQUITTO === undefined) return 'mosquitto is not installed'
  return hasPostgres() ? undefined : 'PostgreSQL is not installed'
}

export async function openStage(name: StageName, seed: number): Promise<Stage> {
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'nrt-chaos-'))
  const dataDir = join(folder, 'data')
  let isMounted = false
  let postgres: TestPostgres | undefined
  let apart: Apart | undefined
  let standby: RunningPostgres | undefined
  const stop = atEnd(async () => {
    try {
      await apart?.stop()
    } finally {
      await postgres?.stop()
      await standby?.stop()
      if (isMounted) spawnSync('umount', [dataDir])
      rmSync(folder, { recursive: true, force: true })
    }
  })
  try {
    const databaseSettings = name === 'shared' ? tlsSettings(folder) : []
    postgres = name === 'shared' ? await openTestPostgres(databaseSettings) : undefined
    mkdirSync(dataDir)
    isMounted = name === 'direct' && mountSmallDisk(dataDir)
    apart = await startApart({
      ...{ dongleCount: DONGLES + 1, gatewayCount: GATEWAYS, sinceS: T0_S - 86_400, chaos: random, postgres, dataDir },
      isDirect: name === 'direct',
      settings: { NRT_OPERATOR_KEY: OPERATOR_KEY, NRT_LOG_LEVEL: 'info' },
    })
    const numbers = Array.from({ length: DONGLES }, (_, number) => number)
    const portOf = apart.portOf
    return {
      ...{ name, apart, postgres, databaseSettings, random, stop },
      dongles: numbers.map(
        number => new ScriptedDongle({ identity: identityOf(number), port: portOf(number), mqtt: { keepalive: 10 } }),
      ),
      nextSeqs: numbers.map(() => 0),
      get standby() {
        return standby
      },
      set standby(server) {
        standby = server
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A disk of its own that can be full; false where we may not mount. */
function mountSmallDisk(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]).status === 0
}

/** PostgreSQL with TLS: on a line that corrupts nothing else would notice. */
function tlsSettings(folder: string): string[] {
  const { cert, key } = selfSignedCertificate('database')
  const certFile = join(folder, 'database.crt')
  const keyFile = join(folder, 'database.key')
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  if (process.getuid?.() === 0) spawnSync('chown', ['-R', 'postgres', folder])
  return ['ssl=on', `ssl_cert_file=${certFile}`, `ssl_key_file=${keyFile}`]
}
