// What a group commit says of itself while intake and writer come to different ends: both threads are links whose answers come when the test says.

import { expect, test } from 'vitest'
import { StoreFault } from '../../../backend/store/fault.ts'
import { createGroupCommit } from '../../../backend/store/sqlite/group.ts'
import type { Intake } from '../../../backend/store/sqlite/intake.ts'
import type { ThreadLink } from '../../../backend/store/sqlite/thread-link.ts'
import type { Writer } from '../../../backend/store/sqlite/writer.ts'
import { aBatch, arrived } from '../../support/batches.ts'

test('is not well between two troubles because the inbox took a group that it was asked to take before the first', async () => {
  const heard: string[] = []
  const asked: { [name: string]: PromiseWithResolvers<never>[] } = {}
  const isAsked = (name: string) => expect.poll(() => asked[name]?.length ?? 0).toBeGreaterThan(0)
  const link = {
    ask(name: string) {
      const one = Promise.withResolvers<never>()
      asked[name] = [...(asked[name] ?? []), one]
      return one.promise
    },
  }
  const answer = async (name: string, value: unknown) => {
    await isAsked(name)
    const one = asked[name]?.shift()
    if (value instanceof Error) one?.reject(value)
    else one?.resolve(value as never)
  }
  const lock = { connection: () => ({ execute: (work: () => Promise<unknown>) => work() }) }
  const group = createGroupCommit(link as ThreadLink<Intake>, link as ThreadLink<Writer>, lock as never, {
    committed: () => {},
    poisoned: () => {},
    readinessChanged: now => heard.push(now.isReady ? 'ready' : now.reason),
  })
  const taken = (no: number) => ({ no, tenures: Float64Array.of(1) })
  const commit = (firstSeq: number) => group.commit([arrived('0123456789AB9', aBatch({ firstSeq }))])
  const full = new StoreFault('disk-full', undefined)
  const nothing = { placed: [], poisoned: 0, trouble: undefined }

  const first = commit(0)
  await answer('waiting', [])
  await answer('recover', nothing)
  await isAsked('take')
  const second = commit(60)
  await answer('take', taken(1))
  await first
  await isAsked('take')
  await answer('place', full)
  await expect.poll(() => heard).toEqual(['disk-full'])
  await answer('take', taken(2))
  await second
  await answer('place', full)
  await answer('waiting', [])
  await answer('recover', { ...nothing, trouble: 'disk-full' })
  await expect.poll(() => group.readiness().isReady).toBe(false)
  expect(heard).toEqual(['disk-full'])

  const third = commit(120)
  await answer('waiting', [])
  await answer('recover', nothing)
  await answer('take', taken(3))
  await third
  expect(heard).toEqual(['disk-full', 'ready'])
})
