// A backup on this machine's own disk, looked into and put back by the backend's code: no server runs where this is wanted.

import { restoreBackup, verifyBackup } from '../../backend/operating/restore.ts'
import type { Result } from '../../shared/kernel/result.ts'
import { systemClock } from './clock.ts'

export { verifyBackup }

/** `folder` was verified; `mayMoveAside`: what is in `dataDir` gets another name. */
export function restore(
  folder: string,
  dataDir: string,
  mayMoveAside: boolean,
): Result<{ aside: string | undefined }, { code: 'data.exists' | 'data.in-use' }> {
  return restoreBackup(folder, dataDir, mayMoveAside ? `before-restore-${systemClock.wallS()}` : undefined)
}
