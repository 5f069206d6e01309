import { defineConfig } from 'vitest/config'

/** Tests of cores, which have no clock, no chance, no I/O and nothing to keep: nothing of one file can meet another. */
const OF_CORES = [
  'test/unit/{batch,doctor,envelope,kernel,reading,session,telegram,update}/**/*.test.ts',
  'test/unit/portal/{pieces,series,state}.test.ts',
  'test/{golden,property,wire}/**/*.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: './test/support/shared-by-a-run.ts',
    // Half of the time of the end-to-end tests is waiting for simulated clocks: three share two cores well.
    maxWorkers: 3,
    // Patience costs nothing where all is well, and a machine may have other things to do.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', './scripts/vitest-closing-line.ts'],
    projects: [
      // Each file in its own process, so that sockets and SQLite files never meet.
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: OF_CORES, pool: 'forks' } },
      { extends: true, test: { name: 'cores', include: OF_CORES, pool: 'threads', isolate: false } },
    ],
  },
})
