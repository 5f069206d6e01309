import { defineConfig } from 'vitest/config'

// Each test file in its own process, so that sockets and SQLite files never meet.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/support/shared-by-a-run.ts',
    pool: 'forks',
    // Half of the time of the end-to-end tests is waiting for simulated clocks: three share two cores well.
    maxWorkers: 3,
    // Patience costs nothing where all is well, and a machine may have other things to do.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', './scripts/vitest-closing-line.ts'],
  },
})
