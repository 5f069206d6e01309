// Run as a child process by store-kill.test.ts: commits batches as fast as it can and reports each group only when it is stored.

import { aBatch, arrived, NOON_S } from '../batches.ts'
import { dongleIdOf, openTestStore } from '../store.ts'

const [dir, boot] = process.argv.slice(2) as [string, string]
const { store } = await openTestStore({ dir })
for (let firstSeq = 0; ; firstSeq += 60) {
  const group = [1, 2, 3, 4].map(number =>
    arrived(
      dongleIdOf(number),
      aBatch({ boot: Number(boot), firstSeq, startS: NOON_S + firstSeq }),
      (NOON_S + 3600) * 1000,
    ),
  )
  const committed = await store.commit(group)
  if (committed.some(({ outcome }) => outcome.kind !== 'stored')) throw new Error('a fresh batch was not stored')
  process.stdout.write(`${firstSeq}\n`)
}
