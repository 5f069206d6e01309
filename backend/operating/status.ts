// How the platform is, in one answer: the numbers of /metrics with what they mean. It holds the thresholds that the alert rules have too
// (deploy/prometheus/nrt.rules.yml).

import type { Registry } from 'prom-client'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { PlatformStatus, PlatformTrouble } from '../../shared/schema/operating.ts'
import type { Store } from '../store/store.ts'
import type { Disk } from '../supervision/disk.ts'
import type { Figures } from '../supervision/figures.ts'
import { VERSION } from '../supervision/process.ts'

const FREE_SHARE_MIN = 0.1
const CERTIFICATE_LEFT_MIN_S = 21 * 86_400
const BACKUP_AGE_MAX_S = 2 * 86_400
const SILENT_SHARE_MAX = 0.1

export interface StatusSetup {
  store: Store
  registry: Registry
  clock: Clock
  figures: Figures
  /** Undefined: the store's files are not this program's to look at, as its backups; so for the next. */
  disk: (() => Disk) | undefined
  newestBackupAtS: (() => number | undefined) | undefined
  startedAtS: number
}

export async function platformStatus(setup: StatusSetup): Promise<PlatformStatus> {
  const { store, clock, startedAtS } = setup
  const readiness = store.readiness()
  const room = setup.disk?.()
  const status = {
    version: VERSION,
    startedAtS,
    nowS: clock.wallS(),
    store: {
      isReady: readiness.isReady,
      reason: readiness.isReady ? null : readiness.reason,
      fileBytes: room === undefined ? null : room.files.database + room.files.log + room.files.inbox,
      freeBytes: room?.freeBytes ?? null,
      limitBytes: room?.limitBytes ?? null,
    },
    gateway: await gatewayOf(setup.registry),
    fleet: await setup.figures(),
    backup: setup.newestBackupAtS === undefined ? null : { newestAtS: setup.newestBackupAtS() ?? null },
  }
  return { ...status, troubles: troublesOf(status) }
}

/** Pure: what of it somebody should do something about. */
export function troublesOf({
  store,
  gateway,
  fleet,
  backup,
  nowS,
}: Omit<PlatformStatus, 'troubles'>): PlatformTrouble[] {
  const { freeBytes, limitBytes } = store
  const endsAtS = gateway?.certificateEndsAtS ?? null
  const is: { [trouble in PlatformTrouble]: boolean } = {
    'store-not-ready': !store.isReady,
    'gateway-cannot-store': gateway?.isStoreFailing === true,
    'disk-filling': freeBytes !== null && limitBytes !== null && freeBytes < limitBytes * FREE_SHARE_MIN,
    'dongles-silent': fleet.silent > fleet.dongles.bound * SILENT_SHARE_MAX,
    'dead-letters': fleet.deadLetters > 0,
    'certificate-expires': endsAtS !== null && endsAtS - nowS < CERTIFICATE_LEFT_MIN_S,
    'backup-old': backup !== null && (backup.newestAtS === null || nowS - backup.newestAtS > BACKUP_AGE_MAX_S),
  }
  return (Object.keys(is) as PlatformTrouble[]).filter(trouble => is[trouble])
}

/** From this process's own metrics: gateway and backend meet nowhere else. */
async function gatewayOf(registry: Registry): Promise<PlatformStatus['gateway']> {
  const connections = await gaugeOf(registry, 'connections')
  if (connections === undefined) return null
  return {
    connections,
    strangers: (await gaugeOf(registry, 'strangers')) ?? 0,
    queueBatches: (await gaugeOf(registry, 'queue_batches')) ?? 0,
    isStoreFailing: (await gaugeOf(registry, 'store_failing')) === 1,
    certificateEndsAtS: (await gaugeOf(registry, 'certificate_end_timestamp_seconds')) ?? null,
  }
}

async function gaugeOf(registry: Registry, name: string): Promise<number | undefined> {
  return (await registry.getSingleMetric(`nrt_gateway_${name}`)?.get())?.values[0]?.value
}
