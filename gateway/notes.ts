// Statuses on their way to the backend. Only a dongle's newest counts, so at most one per dongle waits and a failed one is
// not tried again: the next status says the same better. A lone one goes at once, those of a herd together each five seconds.

import type { DongleStatus, IngestPort } from '../shared/port/ingest-port.ts'
import { causeOf, type Log, pseudonymOf } from './log.ts'

const PACE_MS = 5000

export interface Notes {
  push(status: DongleStatus): void
  stop(): Promise<void>
}

export function openNotes(ingest: IngestPort, log: Log): Notes {
  const newest = new Map<string, DongleStatus>()
  let running: Promise<void> | undefined
  let isStopping = false
  let wake = (): void => {}

  async function run(): Promise<void> {
    while (newest.size > 0 && !isStopping) {
      const statuses = [...newest.values()]
      newest.clear()
      await Promise.all([...statuses.map(deliver), pause()])
    }
  }

  function pause(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, PACE_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function deliver(status: DongleStatus): Promise<void> {
    try {
      await ingest.note(status)
    } catch (cause) {
      log.debug({ dongle: pseudonymOf(status.dongleId), cause: causeOf(cause) }, 'a status was not taken')
    }
  }

  return {
    push(status) {
      if (isStopping) return
      newest.set(status.dongleId, status)
      running ??= run().finally(() => {
        running = undefined
      })
    },
    async stop() {
      isStopping = true
      wake()
      await running
    },
  }
}
