import { expect, test } from 'vitest'
import { type LaneOptions, openLane } from '../../../gateway/lane.ts'

interface Item {
  name: number
  bytes: number
}

interface Commit {
  group: Item[]
  resolve(): void
  reject(cause: Error): void
}

/** A lane whose commits end when the test says so. */
function laneUnderTest(changes: Partial<LaneOptions<Item, string>> = {}) {
  const commits: Commit[] = []
  const settled: number[] = []
  const givenUp: number[] = []
  const states: boolean[] = []
  const waiters: (() => void)[] = []
  const lane = openLane<Item, string>({
    tally: { commits: 0 },
    groupCountMax: 4,
    groupBytesMax: 1000,
    retryFirstMs: 1,
    retryMostMs: 4,
    bytesOf: item => item.bytes,
    commit: group =>
      new Promise((resolve, reject) => {
        commits.push({ group, resolve: () => resolve(group.map(() => 'stored')), reject })
        for (const waiter of waiters.splice(0)) waiter()
      }),
    settled: (items, outcomes) => {
      expect(outcomes).toHaveLength(items.length)
      settled.push(...items.map(item => item.name))
    },
    isHealthy: () => true,
    giveUp: item => givenUp.push(item.name),
    failing: isFailing => states.push(isFailing),
    ...changes,
  })
  async function commit(index: number): Promise<Commit> {
    while (commits[index] === undefined) await new Promise<void>(resolve => waiters.push(resolve))
    return commits[index]
  }
  const names = (one: Commit): number[] => one.group.map(item => item.name)
  return { lane, commits, commit, settled, givenUp, states, names }
}

const item = (name: number, bytes = 10): Item => ({ name, bytes })
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('with a beat a group is what came until then, and the next waits for the next', async () => {
  const beats: (() => void)[] = []
  const beat = (): Promise<void> => new Promise(resolve => beats.push(resolve))
  const { lane, commits, commit, names } = laneUnderTest({ beat })
  lane.push(item(1))
  while (beats.length === 0) await turn()
  lane.push(item(2))
  await turn()
  expect(commits).toEqual([])
  beats[0]?.()
  const first = await commit(0)
  expect(names(first)).toEqual([1, 2])
  lane.push(item(3))
  first.resolve()
  while (beats.length === 1) await turn()
  lane.push(item(4))
  beats[1]?.()
  const second = await commit(1)
  expect(names(second)).toEqual([3, 4])
  second.resolve()
})

test('a lane that is stopped while it waits for a beat commits nothing', async () => {
  const beats: (() => void)[] = []
  const beat = (): Promise<void> => new Promise(resolve => beats.push(resolve))
  const { lane, commits } = laneUnderTest({ beat })
  lane.push(item(1))
  while (beats.length === 0) await turn()
  const stopped = lane.stop()
  beats[0]?.()
  await stopped
  expect(commits).toEqual([])
  expect(lane.count).toBe(1)
})

test('what queued while a commit ran is the next group', async () => {
  const { lane, commit, settled, names } = laneUnderTest()
  lane.push(item(1))
  const first = await commit(0)
  for (const name of [2, 3, 4]) lane.push(item(name))
  expect(settled).toEqual([])
  first.resolve()
  const second = await commit(1)
  expect(names(first)).toEqual([1])
  expect(names(second)).toEqual([2, 3, 4])
  expect(settled).toEqual([1])
  expect(lane.count).toBe(3)
  second.resolve()
  await turn()
  expect(settled).toEqual([1, 2, 3, 4])
  expect(lane.bytes).toBe(0)
})

test('what arrives in one turn goes in one group', async () => {
  const { lane, commit, names } = laneUnderTest()
  for (const name of [1, 2, 3]) lane.push(item(name))
  expect(names(await commit(0))).toEqual([1, 2, 3])
})

test('a group has at most so many items and bytes, but always one', async () => {
  const { lane, commit, names } = laneUnderTest()
  for (const name of [1, 2, 3, 4, 5]) lane.push(item(name))
  lane.push(item(6, 5000))
  lane.push(item(7, 999))
  const first = await commit(0)
  expect(names(first)).toEqual([1, 2, 3, 4])
  first.resolve()
  const second = await commit(1)
  expect(names(second)).toEqual([5])
  second.resolve()
  const third = await commit(2)
  expect(names(third)).toEqual([6])
})

test('a failing store settles nothing, says so once, and the same items come again until it recovers', async () => {
  const { lane, commit, settled, states, names } = laneUnderTest({ isHealthy: () => false })
  for (const name of [1, 2]) lane.push(item(name))
  for (let i = 0; i < 5; i++) {
    const failing = await commit(i)
    expect(names(failing)).toEqual([1, 2])
    failing.reject(new Error('disk full'))
  }
  const last = await commit(5)
  expect(settled).toEqual([])
  expect(lane.isFailing).toBe(true)
  last.resolve()
  await turn()
  expect(settled).toEqual([1, 2])
  expect(states).toEqual([true, false])
})

test('an item that alone makes commits fail is given up, and the others are stored', async () => {
  const stored: number[] = []
  const { lane, givenUp } = laneUnderTest({
    async commit(group) {
      if (group.some(one => one.name === 13)) throw new Error('this one')
      stored.push(...group.map(one => one.name))
      return group.map(() => 'stored')
    },
    giveUp: poison => {
      givenUp.push(poison.name)
      done()
    },
  })
  let done = (): void => {}
  const gone = new Promise<void>(resolve => {
    done = resolve
  })
  for (let name = 1; name <= 20; name++) lane.push(item(name))
  // Somebody else keeps sending: only against others' success is an item suspect.
  for (let name = 21; !lane.isFailing || stored.length < 19; name++) {
    if (name < 60) lane.push(item(name))
    await turn()
  }
  const more = setInterval(() => lane.push(item(100)), 1)
  await gone
  clearInterval(more)
  expect(givenUp).toEqual([13])
  expect(new Set(stored).size).toBeGreaterThanOrEqual(19)
  expect(stored).not.toContain(13)
})

test('an item that fails alone is never given up while nothing else succeeds', async () => {
  const { lane, commit, givenUp, names } = laneUnderTest()
  lane.push(item(1))
  for (let i = 0; i < 8; i++) {
    const failing = await commit(i)
    expect(names(failing)).toEqual([1])
    failing.reject(new Error('away'))
  }
  await commit(8)
  expect(givenUp).toEqual([])
  expect(lane.count).toBe(1)
})

test('a stop lets the running commit end and starts no other', async () => {
  const { lane, commit, commits, settled } = laneUnderTest()
  lane.push(item(1))
  const running = await commit(0)
  lane.push(item(2))
  const stopped = lane.stop()
  running.resolve()
  await stopped
  expect(settled).toEqual([1])
  expect(commits).toHaveLength(1)
  expect(lane.count).toBe(1)
})

test('a stop does not wait for the pause between tries', async () => {
  const { lane, commit } = laneUnderTest({ retryFirstMs: 3_600_000 })
  lane.push(item(1))
  const failing = await commit(0)
  failing.reject(new Error('away'))
  await turn()
  await lane.stop()
  expect(lane.count).toBe(1)
})
