// What a group commit says of itself while intake and writer come to different ends: both threads are links whose answers come when the test says.

import { expect, test } from 'vitest'
import { StoreFault } from '../../../backend/store/fault.ts'
import { createGroupCommit } from '../../../backend/store/sqlite/group.ts'
import { packOutcomes } from '../../../backend/store/sqlite/group-codec.ts'
import type { Intake } from '../../../backend/store/sqlite/intake.ts'
import type { ThreadLink } from '../../../backend/store/sqlite/thread-link.ts'
import type { Writer } from '../../../backend/store/sqlite/writer.ts'
import { aBatch, arrived } from '../../support/batches.ts'

/** `answer` answers the oldest job of a name that waits, and gives what was asked. */
function aGroup() {
  const heard: string[] = []
  const asked: { [name: string]: { args: unknown[]; answer: PromiseWithResolvers<never> }[] } = {}
  const isAsked = (name: string) => expect.poll(() => asked[name]?.length ?? 0).toBeGreaterThan(0)
  const link = {
    ask(name: string, ...args: unknown[]) {
      const answer = Promise.withResolvers<never>()
      asked[name] = [...(asked[name] ?? []), { args, answer }]
      return answer.promise
    },
  }
  const answer = async (name: string, value: unknown): Promise<unknown[]> => {
    await isAsked(name)
    const one = asked[name]?.shift()
    if (value instanceof Error) one?.answer.reject(value)
    else one?.answer.resolve(value as never)
    return one?.args ?? []
  }
  const lock = { connection: () => ({ execute: (work: () => Promise<unknown>) => work() }) }
  const group = createGroupCommit(link as ThreadLink<Intake>, link as ThreadLink<Writer>, lock as never, {
    committed: () => {},
    poisoned: () => {},
    readinessChanged: now => heard.push(now.isReady ? 'ready' : now.reason),
  })
  const commit = (firstSeq: number, bytes?: Uint8Array) => {
    const one = arrived('0123456789AB9', aBatch({ firstSeq }))
    return group.commit([bytes === undefined ? one : { ...one, bytes }])
  }
  return { group, heard, isAsked, answer, commit }
}

const taken = (no: number) => ({ no, tenures: Float64Array.of(1) })
const full = new StoreFault('disk-full', undefined)
const nothing = { placed: [], poisoned: 0, trouble: undefined }
const duplicate = packOutcomes([{ outcome: { kind: 'duplicate' }, tenureNo: 1 }])

test('is not well between two troubles because the inbox took a group that it was asked to take before the first', async () => {
  const { group, heard, isAsked, answer, commit } = aGroup()
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

test('goes on when groups fail while the next waits because too much is not in its place', async () => {
  const { heard, isAsked, answer, commit } = aGroup()
  const large = new Uint8Array(1_200_000)
  const first = commit(0, large)
  await answer('waiting', [])
  await answer('recover', nothing)
  await isAsked('take')
  const second = commit(60, large)
  await answer('take', taken(1))
  await first
  await isAsked('take')
  const third = commit(120)
  await answer('take', taken(2))
  await second
  await answer('take', taken(3))
  for (let i = 0; i < 3; i++) await answer('place', full)
  await third
  await answer('waiting', [])
  await answer('recover', { ...nothing, trouble: 'disk-full' })
  expect(heard).toEqual(['disk-full'])
})

test('tries again only what is not in its place yet', async () => {
  const { answer, commit } = aGroup()
  const waiting = [1, 2, 3].map(no => ({ no, block: new Uint8Array(0) }))
  const first = commit(0)
  expect(await answer('waiting', waiting)).toEqual([0])
  await answer('recover', { placed: [duplicate, duplicate], poisoned: 0, trouble: 'disk-full' })
  await expect(first).rejects.toMatchObject({ reason: 'disk-full' })
  const second = commit(60)
  expect(await answer('waiting', waiting.slice(2))).toEqual([2])
  await answer('recover', { placed: [duplicate], poisoned: 0, trouble: undefined })
  expect((await answer('take', taken(4)))[1]).toBe(3)
  await second
})
