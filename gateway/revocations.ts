// Who may no longer be connected: asks the directory again and again who was revoked lately, and closes their connections. The backend says so
// at once as well (CommandPort); this is for what that misses: another gateway, an admission that was under way, a backend that is apart.

import type { Clock } from '../shared/kernel/clock.ts'
import type { CommandPort } from '../shared/port/command-port.ts'
import type { DongleDirectory } from '../shared/port/dongle-directory.ts'
import { causeOf, type Log } from './log.ts'

/** Two looks and an answer fit into the 5 seconds within which a revoked dongle must be cut. */
export const LOOK_EVERY_MS = 2000
/** Looked back over again, since an admission may have been under way when it was asked the last time. */
const OVERLAP_S = 30

export interface Revocations {
  /** One look; never rejects. */
  look(): Promise<void>
}

export function createRevocations(
  directory: DongleDirectory,
  commands: Pick<CommandPort, 'disconnect'>,
  clock: Clock,
  log: Log,
): Revocations {
  let knownUntilS = clock.wallS()
  let looking: Promise<void> | undefined

  async function lookOnce(): Promise<void> {
    const nowS = clock.wallS()
    try {
      const ids = await directory.revokedSince?.(knownUntilS - OVERLAP_S)
      for (const dongleId of ids ?? []) commands.disconnect(dongleId, 'revoked')
      knownUntilS = nowS
    } catch (cause) {
      // the next look reaches back to the last one that had an answer
      log.debug({ cause: causeOf(cause) }, 'the directory did not say who was revoked')
    }
  }

  return {
    look() {
      looking ??= lookOnce().finally(() => {
        looking = undefined
      })
      return looking
    },
  }
}
