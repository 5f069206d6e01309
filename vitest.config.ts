import { globSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import LongestFirst, { LONGEST } from './scripts/vitest-longest-first.ts'

/** Tests of cores, which have no clock, no chance, no I/O and nothing to keep: nothing of one file can meet another. */
const OF_CORES = [
  'test/unit/{batch,doctor,envelope,kernel,reading,telegram,update}/**/*.test.ts',
  // that one is long enough for a process of its own
  'test/unit/session/!(capacity).test.ts',
  'test/unit/backend/{buckets,gaps,lifecycle,local-day,stored-once}.test.ts',
  'test/unit/firmware/{clock,intake,journal,ladder,orders,p1-port,setup-names,setup-request,setup-trial,wifi,wire}.test.ts',
  'test/unit/gateway/{connect-limit,exchange,lane,packet-reader,packets,pressure,topic-tree,unseal}.test.ts',
  'test/unit/portal/{pieces,series,state}.test.ts',
  'test/{golden,property,wire}/**/*.test.ts',
]

/**
 * The short tests of rooms that close what they open and keep their files in folders of their own: one process takes many of them, one after the other, for
 * to start it and to load a backend is most of what such a file costs. The long ones gain nothing by it.
 */
const SHORT_OF_ROOMS = globSync(
  ['test/contract/**/*.test.ts', 'test/unit/{backend,gateway,link,portal,scripts,settings,support}/**/*.test.ts'],
  { cwd: import.meta.dirname, exclude: [...OF_CORES, ...LONGEST] },
)

export default defineConfig({
  test: {
    globalSetup: './test/support/shared-by-a-run.ts',
    // Most of the time of the end-to-end tests is waiting for simulated clocks: six share two cores well.
    maxWorkers: 6,
    sequence: { sequencer: LongestFirst },
    // Patience costs nothing where all is well, and a machine may have other things to do.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    reporters: ['default', './scripts/vitest-closing-line.ts'],
    projects: [
      // Each file in its own process, so that sockets and SQLite files never meet.
      {
        extends: true,
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [...OF_CORES, ...SHORT_OF_ROOMS], pool: 'forks' },
      },
      { extends: true, test: { name: 'rooms', include: SHORT_OF_ROOMS, pool: 'forks', isolate: false } },
      { extends: true, test: { name: 'cores', include: OF_CORES, pool: 'threads', isolate: false } },
    ],
  },
})
