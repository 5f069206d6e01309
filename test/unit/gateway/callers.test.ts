import { expect, test } from 'vitest'
import {
  createCallers,
  FAILURES_MAX,
  FAILURES_OF_PROVEN_MAX,
  FORGIVEN_MS,
  noteFailure,
  noteProof,
  standingOf,
} from '../../../gateway/broker/callers.ts'

const HERE = '192.0.2.1'

function failTimes(callers: ReturnType<typeof createCallers>, count: number, address = HERE, nowMs = 0): void {
  for (let i = 0; i < count; i++) noteFailure(callers, address, nowMs)
}

test('an address is new, failed after a few failures, proven after a proof', () => {
  const callers = createCallers(10)
  expect(standingOf(callers, HERE, 0)).toBe('new')
  failTimes(callers, FAILURES_MAX - 1)
  expect(standingOf(callers, HERE, 0)).toBe('new')
  failTimes(callers, 1)
  expect(standingOf(callers, HERE, 0)).toBe('failed')
  noteProof(callers, HERE, 0)
  expect(standingOf(callers, HERE, 0)).toBe('proven')
})

test('where somebody has proven himself more may fail in a row, and each proof begins anew', () => {
  const callers = createCallers(10)
  noteProof(callers, HERE, 0)
  failTimes(callers, FAILURES_OF_PROVEN_MAX - 1)
  noteProof(callers, HERE, 0)
  failTimes(callers, FAILURES_OF_PROVEN_MAX - 1)
  expect(standingOf(callers, HERE, 0)).toBe('proven')
  failTimes(callers, 1)
  expect(standingOf(callers, HERE, 0)).toBe('failed')
})

test('failures are forgiven one by one, and however long a flood was, within minutes', () => {
  const callers = createCallers(10)
  failTimes(callers, 10_000)
  expect(standingOf(callers, HERE, FORGIVEN_MS)).toBe('failed')
  const forgiven = FAILURES_OF_PROVEN_MAX - FAILURES_MAX + 1
  expect(standingOf(callers, HERE, forgiven * FORGIVEN_MS - 1)).toBe('failed')
  expect(standingOf(callers, HERE, forgiven * FORGIVEN_MS)).toBe('new')
})

test('remembers a bounded number, and however many addresses fail, none that has proven itself is forgotten for it', () => {
  const callers = createCallers(3)
  noteProof(callers, HERE, 0)
  for (let i = 0; i < 100; i++) failTimes(callers, FAILURES_MAX, `198.51.100.${i}`)
  expect(callers.strange.size).toBe(3)
  expect(standingOf(callers, HERE, 0)).toBe('proven')
  expect(standingOf(callers, '198.51.100.99', 0)).toBe('failed')
  expect(standingOf(callers, '198.51.100.0', 0)).toBe('new')
  for (let i = 0; i < 3; i++) noteProof(callers, `203.0.113.${i}`, 0)
  expect(standingOf(callers, HERE, 0)).toBe('new')
})
