// Statuses on their way to the backend: a lone one at once, those of a herd together, the newest of each dongle, and a stop waits for no pause.

import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openNotes } from '../../../gateway/notes.ts'
import type { DongleStatus, IngestPort } from '../../../shared/port/ingest-port.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open() {
  const told: string[] = []
  const note = async ({ dongleId, receivedAtMs }: DongleStatus) => void told.push(`${dongleId} ${receivedAtMs}`)
  const notes = openNotes({ note } as IngestPort, pino({ level: 'silent' }))
  return {
    told,
    notes,
    push: (dongleId: string, receivedAtMs: number) => notes.push({ dongleId, boot: 1, receivedAtMs }),
  }
}

test('a lone one goes at once; those that follow go together five seconds later, the newest of each dongle', async () => {
  const { told, push } = open()
  push('a', 1)
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual(['a 1'])
  push('a', 2)
  push('b', 2)
  push('a', 3)
  await vi.advanceTimersByTimeAsync(4999)
  expect(told).toEqual(['a 1'])
  await vi.advanceTimersByTimeAsync(1)
  expect(told).toEqual(['a 1', 'a 3', 'b 2'])
})

test('a stop waits for what is on its way and for no pause', async () => {
  const { told, notes, push } = open()
  push('a', 1)
  await notes.stop()
  push('a', 2)
  await vi.advanceTimersByTimeAsync(5000)
  expect(told).toEqual(['a 1'])
})
